import { describeSource } from '../config/load.ts'
import { ConfigError } from '../config/problems.ts'
import { type Command, configOptions, jsonOption, loadGivenConfig } from './command.ts'
import { writeJson } from './io.ts'

/** `callbox config check`: whether the appliance would start with this configuration. */
export const configCheck: Command = {
  name: 'config check',
  summary: 'check the configuration without starting',
  options: [...configOptions, jsonOption],
  async run(given, io) {
    const json = given.flag('json')
    try {
      const { source, settings } = await loadGivenConfig(given, io)
      if (settings.problems.length > 0) throw new ConfigError(settings.problems, settings.file)
      if (json) writeJson(io, { ok: true, source, problems: [] })
      else io.out(`The configuration is good (${describeSource(source)}).\n`)
      return 0
    } catch (error) {
      if (!json || !(error instanceof ConfigError)) throw error
      writeJson(io, { ok: false, problems: error.problems })
      return 1
    }
  },
}
