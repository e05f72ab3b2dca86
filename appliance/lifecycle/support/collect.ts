import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../../errors.ts'
import { readText } from '../files.ts'
import { PROGRAMS, type RunProgram, SYSTEM_FILES } from './programs.ts'
import type { Redactor } from './redactor.ts'

/** A file of the bundle: its name, and how its text is had. */
export type Source = Readonly<{ file: string; read: () => Promise<string> }>

/** What is collected, and by what means. */
export type Collecting = Readonly<{
  /** The name of the folder in the bundle. */
  name: string
  redact: Redactor
  run: RunProgram
  /** Sources beside the system's own. */
  sources: readonly Source[]
  /** What is missing already, with reasons. */
  missing: readonly string[]
}>

/** A folder with a folder of that name in it; whoever asked for it removes it. */
export type Collected = Readonly<{
  folder: string
  files: readonly string[]
  missing: readonly string[]
}>

const README = `What is in here was collected by \`callbox support\` to find out what is wrong with an appliance.

Secrets are taken out: those of its data directory and configuration by their values, in each form that a log may have,
others by what stands before them (token=, password:, Bearer ...). Names and addresses of this host, its networks and of
whom it was connected to are in it, as they are what faults are found by. Read it before you give it away.

missing.txt says what could not be collected, and why.
`

/** Collects everything into a folder; what cannot be had is named in missing.txt. */
export async function collect({
  name,
  redact,
  run,
  sources,
  missing: known,
}: Collecting): Promise<Collected> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-support-'))
  const missing = [...known]
  const files: string[] = []
  const write = async (file: string, text: string) => {
    await writeFile(join(folder, name, file), text, { mode: 0o600 })
    files.push(file)
  }
  try {
    await mkdir(join(folder, name), { mode: 0o700 })
    for (const { file, read } of [...sources, ...systemSources(run)]) {
      try {
        await write(file, redact(await read()))
      } catch (error) {
        missing.push(redact(`${file}: ${messageOf(error)}`))
      }
    }
    await write('missing.txt', missing.map((line) => `${line}\n`).join('') || 'nothing\n')
    await write('README.txt', README)
    return { folder, files: files.sort(), missing }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

function systemSources(run: RunProgram): readonly Source[] {
  const programs = PROGRAMS.map(({ file, command, args }) => ({
    file,
    read: () => run(command, args),
  }))
  const files = Object.entries(SYSTEM_FILES).map(([file, path]) => ({
    file,
    async read() {
      const text = await readText(path)
      if (text === undefined) throw new Error(`there is no ${path}`)
      return text
    },
  }))
  return [...programs, ...files]
}
