import { type RunCommand, runCommand } from '../console/host/run-command.ts'

/** Asks the system whether its clock follows a time server; `undefined` where nothing tells. */
export async function isClockSynchronized(
  run: RunCommand = runCommand,
): Promise<boolean | undefined> {
  const options = { timeoutMs: 5000 }
  const { status, out } = await run(
    'timedatectl',
    ['show', '-p', 'NTPSynchronized', '--value'],
    options,
  )
  const answer = out.trim()
  if (status !== 0) return undefined
  return answer === 'yes' || (answer === 'no' ? false : undefined)
}
