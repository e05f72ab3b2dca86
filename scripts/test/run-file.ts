import { spawn } from 'node:child_process'
import { addFailure, createTapCounter, type Tally } from './tap-count.ts'

/** One test file's run. `stderr` is kept to its last 20 000 characters. */
export type FileRun = Readonly<{ file: string; tally: Tally; seconds: number; stderr: string }>

/** `timeoutSeconds` is each test's own limit unless it sets one; `limitSeconds` the whole file's. */
export type FileLimits = Readonly<{ timeoutSeconds: number; limitSeconds: number }>

const keptStderr = 20_000

/** Runs one test file in a process of its own; a crash, a signal or the limit is a failed test of it. */
export async function runFile(root: string, file: string, limits: FileLimits): Promise<FileRun> {
  const started = performance.now()
  const { parser, count } = createTapCounter()
  let stderr = ''
  const child = spawn(process.execPath, [file], {
    cwd: root,
    env: { ...process.env, TAP: '1', TAP_TIMEOUT: String(limits.timeoutSeconds) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  child.stdout.pipe(parser, { end: false })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-keptStderr)
  })
  const ending = await watch(child, limits.limitSeconds)
  parser.end()
  const { tally, complaint } = await count
  if (ending.forced || tally.failed === 0) {
    const trouble = ending.trouble ?? complaint
    if (trouble !== undefined) addFailure(tally, trouble)
  }
  return { file, tally, seconds: (performance.now() - started) / 1000, stderr }
}

type Ending = Readonly<{ trouble: string | undefined; forced: boolean }>

function watch(child: ReturnType<typeof spawn>, limitSeconds: number): Promise<Ending> {
  return new Promise((resolve) => {
    let forced = false
    const limit = setTimeout(() => {
      forced = true
      killGroup(child)
    }, limitSeconds * 1000)
    const stop = () => killGroup(child)
    process.once('exit', stop)
    const finish = (trouble: string | undefined) => {
      clearTimeout(limit)
      killGroup(child)
      process.off('exit', stop)
      resolve({ trouble, forced })
    }
    child.once('error', (error) => finish(`the file did not start: ${error.message}`))
    child.once('close', (code, signal) => {
      if (forced) finish(`the file was still running after ${limitSeconds} s`)
      else finish(code === 0 ? undefined : `the file ended with ${signal ?? `exit code ${code}`}`)
    })
  })
}

/** A test file starts browsers and servers: what it left running goes with it. */
function killGroup(child: ReturnType<typeof spawn>): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
