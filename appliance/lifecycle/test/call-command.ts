import { type Command, parseOptions } from '../../cli/command.ts'

/** What a command answered. */
export type Called = Readonly<{ code: unknown; out: string; err: string }>

/** Runs a command with words of a command line; rejects with what it throws. */
export async function callCommand(
  command: Command,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Called> {
  let out = ''
  let err = ''
  const code = await command.run(parseOptions(command, args), {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    env,
    colour: false,
    now: () => Date.UTC(2026, 10, 27, 12),
  })
  return { code, out, err }
}
