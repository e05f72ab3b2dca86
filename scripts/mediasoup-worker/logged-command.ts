import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** A command that ended badly, or could not be started. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** Runs commands one after the other with all that they print in one log file. */
export class CommandLog {
  readonly path: string
  readonly #stream: WriteStream

  constructor(path: string) {
    this.path = path
    this.#stream = createWriteStream(path)
  }

  /**
   * Runs a command to its end; `onLine` sees each line of its standard output.
   * @throws CommandError with its last lines when it does not end with 0
   */
  async run(
    command: string,
    args: readonly string[],
    options: SpawnOptions & { onLine?: (line: string) => void } = {},
  ): Promise<string> {
    const { onLine, ...spawnOptions } = options
    this.#stream.write(`\n$ ${command} ${args.join(' ')}\n`)
    const child = spawn(command, args, { ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'] })
    const lines: string[] = []
    const keep = (line: string) => {
      lines.push(line)
      this.#stream.write(`${line}\n`)
    }
    const outputs = [child.stdout, child.stderr].map((stream, index) => {
      const reader = createInterface({ input: stream })
      reader.on('line', keep)
      if (index === 0 && onLine) reader.on('line', onLine)
      return once(reader, 'close')
    })
    const [code, signal] = await ending(child, command)
    await Promise.all(outputs)
    if (code === 0) return lines.join('\n')
    const tail = lines.slice(-15).join('\n')
    throw new CommandError(`${command} ended with ${signal ?? code}:\n${tail}`)
  }

  /** Writes what is pending to the file. */
  async close(): Promise<void> {
    this.#stream.end()
    await once(this.#stream, 'close')
  }
}

async function ending(
  child: ReturnType<typeof spawn>,
  command: string,
): Promise<[number | null, NodeJS.Signals | null]> {
  try {
    return (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  } catch (error) {
    throw new CommandError(`${command} could not be started`, { cause: error })
  }
}
