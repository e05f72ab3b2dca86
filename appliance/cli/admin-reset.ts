import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'
import { type Command, configOptions, jsonOption, loadGivenConfig } from './command.ts'
import { writeJson } from './io.ts'

/** The admin's record in the data directory; the admin pages write it. */
const ADMIN_FILE = 'admin.json'

/** `callbox admin reset`: forgets the admin's password. */
export const adminReset: Command = {
  name: 'admin reset',
  summary: 'forget the admin password; the next start prints a new set-up link',
  options: [...configOptions, jsonOption],
  async run(given, io) {
    const { dataDir } = await loadGivenConfig(given, io)
    const file = join(dataDir, ADMIN_FILE)
    const removed = await removeFile(file)
    if (given.flag('json')) writeJson(io, { file, removed })
    else
      io.out(removed ? `Removed ${file}. ${NEXT}\n` : `No password is set in ${dataDir}. ${NEXT}\n`)
    return 0
  },
}

const NEXT = 'Start (or restart) the appliance: it prints a link that sets the password.'

async function removeFile(file: string): Promise<boolean> {
  try {
    await rm(file)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false
    throw new ApplianceError(
      'DATA_DIR_UNUSABLE',
      `${file} cannot be removed: ${messageOf(error)}`,
      'Run the command as the user of the appliance.',
      error,
    )
  }
}
