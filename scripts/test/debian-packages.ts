import { spawnSync } from 'node:child_process'
import { debianPackageOf, hasCommand, needs } from '../test-needs.ts'
import { type PackedProgram, unpackProgram } from './unpack-program.ts'

type PackageNeed = keyof typeof debianPackageOf

/** Packages that would start a server: of these the one program is taken that tests need. */
const packedPrograms: Partial<Readonly<Record<PackageNeed, PackedProgram>>> = {
  promtool: { debianPackage: debianPackageOf.promtool, path: 'usr/bin/promtool' },
}

/**
 * Installs the Debian packages that tests need and this machine lacks, when it may; what cannot be
 * installed is named, and the tests that need it say SKIP themselves.
 */
export function installTestPackages(say: (line: string) => void): void {
  const wanted = Object.keys(debianPackageOf) as PackageNeed[]
  const missing = wanted.filter((need) => needs(need))
  if (missing.length === 0) return
  const names = missing.map((need) => debianPackageOf[need])
  if (process.getuid?.() !== 0 || !hasCommand('apt-get')) {
    say(`Missing Debian packages (install them to run every test): ${names.join(' ')}`)
    return
  }
  say(`Installing Debian packages for the tests: ${names.join(' ')} …`)
  const started = Date.now()
  const ok = apt(['update', '-q']) && provide(missing)
  say(
    ok
      ? `Installed in ${seconds(started)} s.`
      : 'apt failed (above): the tests in need of them are skipped.',
  )
}

function provide(missing: readonly PackageNeed[]): boolean {
  const whole = missing.filter((need) => packedPrograms[need] === undefined)
  const options = ['-y', '-q', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0']
  const packages = whole.map((need) => debianPackageOf[need])
  const installed = packages.length === 0 || apt(['install', ...options, ...packages])
  const packed = missing.flatMap((need) => packedPrograms[need] ?? [])
  return packed.map(unpackProgram).every(Boolean) && installed
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
