import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchLibsrtp } from './libsrtp-source.ts'
import { CommandError, CommandLog } from './logged-command.ts'
import { mediasoupFolder, systemRelease } from './places.ts'
import { buildPackages, mesonOptions, overlaidWraps, patches, unusedWraps } from './recipe.ts'

type Say = (line: string) => void

/**
 * Compiles the worker from the source in the npm package with the distribution's libraries, and strips it
 * to `output`. All output goes to `logPath`, which stays when the build fails.
 * @throws CommandError saying what failed and where the log is
 */
export async function buildWorker(output: string, logPath: string, say: Say): Promise<void> {
  const log = new CommandLog(logPath)
  const scratch = await mkdtemp(join(tmpdir(), 'callbox-worker-'))
  try {
    await installBuildPackages(log, say)
    const source = await prepareSource(scratch, log)
    await compile(source, join(scratch, 'build'), log, say)
    await log.run('strip', ['-o', output, join(scratch, 'build/mediasoup-worker')])
    await log.close()
  } catch (error) {
    await log.close()
    if (!(error instanceof CommandError)) throw error
    throw new CommandError(`${error.message}\nThe whole build log: ${logPath}`, { cause: error })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  await rm(logPath)
}

async function installBuildPackages(log: CommandLog, say: Say): Promise<void> {
  const missing = buildPackages.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const names = missing.join(' ')
  if (process.getuid?.() !== 0) {
    throw new CommandError(`Packages are missing. Run: sudo apt-get install ${names}   and repeat.`)
  }
  say(`  installing Debian packages: ${names}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await log.run('apt-get', ['update', '-q'], { env })
  await log.run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], { env })
}

function isInstalled(name: string): boolean {
  const query = spawnSync('dpkg-query', ['-W', '-f', '$' + '{db:Status-Status}', name], {
    encoding: 'utf8',
  })
  if (query.error) {
    throw new CommandError(
      `The worker can be built on Debian and its kin, not on ${systemRelease()}; set MEDIASOUP_WORKER_BIN instead.`,
    )
  }
  return query.stdout === 'installed'
}

/** Copies the source, puts an overlay in the place of every download, applies the patches. */
async function prepareSource(scratch: string, log: CommandLog): Promise<string> {
  const source = join(scratch, 'worker')
  await cp(join(mediasoupFolder, 'worker'), source, { recursive: true })
  const subprojects = join(source, 'subprojects')
  for (const file of (await readdir(subprojects)).filter((name) => name.endsWith('.wrap'))) {
    const name = file.slice(0, -'.wrap'.length)
    if (unusedWraps.includes(name)) continue
    if (!overlaidWraps.includes(name)) throw unknownSource(`its dependency ${name}`)
    // Meson takes the folder that the wrap file names as it is, when it holds a meson.build.
    const folder = /^directory *= *(\S+)/m.exec(
      await readFile(join(subprojects, file), 'utf8'),
    )?.[1]
    if (folder === undefined) throw unknownSource(`${file} without a directory`)
    await cp(join(import.meta.dirname, 'overlays', name), join(subprojects, folder), {
      recursive: true,
    })
  }
  await fetchLibsrtp(scratch, join(subprojects, 'libsrtp2'), log)
  await patch(source)
  return source
}

async function patch(source: string): Promise<void> {
  for (const { file, from, to } of patches) {
    const path = join(source, file)
    const parts = (await readFile(path, 'utf8')).split(from)
    if (parts.length !== 2)
      throw unknownSource(`${file}, found ${parts.length - 1} times "${from}"`)
    await writeFile(path, parts.join(to))
  }
}

function unknownSource(what: string): CommandError {
  return new CommandError(`This recipe does not know this mediasoup's worker: ${what}.`)
}

async function compile(source: string, build: string, log: CommandLog, say: Say): Promise<void> {
  await mkdir(build)
  const jobs = availableParallelism()
  // Meson of the system, not one that a Python environment has put before it.
  await log.run('/usr/bin/meson', ['setup', ...mesonOptions, build, '.'], { cwd: source })
  const onLine = progress(say)
  await log.run('ninja', ['-C', build, `-j${jobs}`, 'mediasoup-worker'], { onLine })
}

/** Says how far ninja is, every quarter of a minute. */
function progress(say: Say): (line: string) => void {
  const started = Date.now()
  let saidAt = started
  return (line) => {
    const step = /^\[(\d+)\/(\d+)\]/.exec(line)
    const isLast = step?.[1] === step?.[2]
    if (!step || (Date.now() - saidAt < 15_000 && !isLast)) return
    saidAt = Date.now()
    say(`  compiled ${step[1]} of ${step[2]} files, ${Math.round((saidAt - started) / 1000)} s`)
  }
}
