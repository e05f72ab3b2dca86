/** What a command may touch of the process; tests pass their own. */
export type CliIo = Readonly<{
  out: (text: string) => void
  err: (text: string) => void
  env: NodeJS.ProcessEnv
  colour: boolean
  /** Milliseconds since the Unix epoch. */
  now: () => number
}>

/** Writes facts for programs: indented JSON and a line end. */
export function writeJson(io: CliIo, facts: unknown): void {
  io.out(`${JSON.stringify(facts, null, 2)}\n`)
}
