import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cacheFolder } from '../mediasoup-worker/places.ts'

/** A program of a Debian package that is not to be installed, as its package would start a server. */
export type PackedProgram = Readonly<{ debianPackage: string; path: string }>

/** Where programs lie that were taken out of their packages; kept between clones. */
export function unpackedPrograms(): string {
  return join(cacheFolder(), 'programs')
}

/**
 * Takes one program out of its Debian package, without installing that. The program may need libc alone.
 * @returns whether it is there
 */
export function unpackProgram({ debianPackage, path }: PackedProgram): boolean {
  const into = unpackedPrograms()
  mkdirSync(into, { recursive: true })
  const folder = mkdtempSync(join(into, '.unpacking-'))
  // What a folder of root's holds is not for apt's own user.
  const sandbox = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []
  try {
    if (!run('apt-get', ['download', '-q', ...sandbox, debianPackage], folder)) return false
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.deb'))
    if (file === undefined || !run('dpkg-deb', ['--extract', file, 'content'], folder)) return false
    const program = join(folder, 'content', path)
    chmodSync(program, 0o755)
    renameSync(program, join(into, basename(path)))
    return true
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run(command: string, args: readonly string[], cwd: string): boolean {
  return spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
}
