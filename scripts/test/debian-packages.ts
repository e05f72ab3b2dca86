import { spawnSync } from 'node:child_process'
import { debianPackageOf, hasCommand, type Need, needs } from '../test-needs.ts'

/**
 * Installs the Debian packages that tests need and this machine lacks, when it may; what cannot be
 * installed is named, and the tests that need it say SKIP themselves.
 */
export function installTestPackages(say: (line: string) => void): void {
  const wanted = Object.keys(debianPackageOf) as (keyof typeof debianPackageOf)[]
  const missing = wanted.filter((need: Need) => needs(need)).map((need) => debianPackageOf[need])
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !hasCommand('apt-get')) {
    say(`Missing Debian packages (install them to run every test): ${missing.join(' ')}`)
    return
  }
  say(`Installing Debian packages for the tests: ${missing.join(' ')} …`)
  const started = Date.now()
  const options = ['-y', '-q', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0']
  const ok = apt(['update', '-q']) && apt(['install', ...options, ...missing])
  say(
    ok
      ? `Installed in ${seconds(started)} s.`
      : 'apt failed (above): the tests in need of them are skipped.',
  )
}

function apt(args: readonly string[]): boolean {
  const { status } = spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return status === 0
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000)
}
