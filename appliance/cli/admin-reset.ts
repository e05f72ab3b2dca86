import { createFileAuditStore, forgetAdmins } from '#ui'
import { ApplianceError, messageOf } from '../errors.ts'
import { type Command, configOptions, jsonOption, loadGivenConfig } from './command.ts'
import { writeJson } from './io.ts'

/** `callbox admin reset`: forgets the admins. */
export const adminReset: Command = {
  name: 'admin reset',
  summary: 'forget the admins; the next start prints a new set-up link',
  details:
    'For when no admin can log in any more. Gone are the admins, their passwords and one-time codes, and API tokens\n' +
    'with the role admin. Viewers and their tokens stay, and so does the audit log.',
  options: [...configOptions, jsonOption],
  async run(given, io) {
    const { dataDir } = await loadGivenConfig(given, io)
    const forgotten = forget(dataDir)
    if (given.flag('json')) writeJson(io, { dataDir, forgotten })
    else io.out(`${WORDS[forgotten](dataDir)} ${NEXT}\n`)
    return 0
  },
}

const NEXT = 'Start (or restart) the appliance: it prints a link that sets the password.'

type Forgotten = ReturnType<typeof forgetAdmins>

const WORDS: Readonly<Record<Forgotten, (dataDir: string) => string>> = {
  nothing: (dataDir) => `No password is set in ${dataDir}.`,
  admins: (dataDir) => `Forgot the admins of ${dataDir}.`,
  everybody: (dataDir) => `The accounts in ${dataDir} were damaged; forgot all of them.`,
}

function forget(dataDir: string): Forgotten {
  try {
    const forgotten = forgetAdmins(dataDir)
    if (forgotten !== 'nothing') {
      createFileAuditStore(dataDir).append({
        atMs: Date.now(),
        by: 'console',
        address: '',
        action: 'account.reset',
        text: 'forgot the admins (callbox admin reset)',
      })
    }
    return forgotten
  } catch (error) {
    throw new ApplianceError(
      'DATA_DIR_UNUSABLE',
      `The accounts in ${dataDir} cannot be changed: ${messageOf(error)}`,
      'Run the command as the user of the appliance.',
      error,
    )
  }
}
