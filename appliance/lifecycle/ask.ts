import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { ApplianceError } from '../errors.ts'

/** Asks for one line; `hidden` shows nothing of it while it is typed. */
export type Ask = (question: string, options?: Readonly<{ hidden?: boolean }>) => Promise<string>

/** Asks at the terminal, by standard error, so that standard output stays free for what is asked for. */
export function askAtTerminal(): Ask | undefined {
  const { stdin, stderr } = process
  if (!stdin.isTTY || !stderr.isTTY) return undefined
  return async (question, { hidden = false } = {}) => {
    if (!hidden) return readLine(question, stderr)
    stderr.write(question)
    try {
      return await readLine('', new Writable({ write: (_chunk, _encoding, done) => done() }))
    } finally {
      stderr.write('\n')
    }
  }
}

/** Reads a line; Ctrl-C and the end of the input are a no. */
async function readLine(question: string, output: Writable): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  const givenUp = new AbortController()
  for (const event of ['SIGINT', 'close']) lines.once(event, () => givenUp.abort())
  try {
    return await lines.question(question, { signal: givenUp.signal })
  } catch (error) {
    if (!givenUp.signal.aborted) throw error
    throw new ApplianceError('NOT_CONFIRMED', 'Nothing was changed.', 'Run it again.', error)
  } finally {
    lines.close()
  }
}

/** Has somebody type an expected word, unless `yes` was given. Throws NOT_CONFIRMED. */
export async function confirm(
  ask: Ask | undefined,
  options: Readonly<{ yes: boolean; question: string; expected: string }>,
): Promise<void> {
  if (options.yes) return
  if (ask === undefined) {
    throw new ApplianceError(
      'NOT_CONFIRMED',
      'Nobody is there to be asked whether this is meant.',
      'Run it in a terminal, or say --yes.',
    )
  }
  const answer = await ask(options.question)
  if (answer.trim() === options.expected) return
  throw new ApplianceError(
    'NOT_CONFIRMED',
    'Nothing was changed.',
    `Type \`${options.expected}\` to go on.`,
  )
}
