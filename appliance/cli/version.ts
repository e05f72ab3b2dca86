import { readVersions } from '../version.ts'
import { type Command, jsonOption } from './command.ts'
import { writeJson } from './io.ts'

/** `callbox version`: ours, Node's and mediasoup's. */
export const version: Command = {
  name: 'version',
  summary: 'print the versions',
  options: [jsonOption],
  async run(given, io) {
    const versions = readVersions()
    if (given.flag('json')) {
      writeJson(io, versions)
      return 0
    }
    io.out(`Callbox ${versions.callbox} (Node ${versions.node}, mediasoup ${versions.mediasoup})\n`)
    return 0
  },
}
