import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Prepared } from './network.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Builds bundle and image from this tree, or takes those of CALLBOX_BUNDLE, CALLBOX_IMAGE (a qcow2) and CALLBOX_OVA,
 * and answers where they are.
 */
export async function buildImage(t: Test): Promise<Prepared> {
  const { CALLBOX_BUNDLE, CALLBOX_IMAGE } = process.env
  const bundle =
    CALLBOX_BUNDLE ??
    (await build(t, process.execPath, ['scripts/release/build.ts', '--no-archive']))
  const { CALLBOX_OVA } = process.env
  if (CALLBOX_IMAGE && CALLBOX_OVA) return { bundle, image: CALLBOX_IMAGE, ova: CALLBOX_OVA }
  const started = performance.now()
  const out = join(root, 'dist/image')
  rmSync(out, { recursive: true, force: true })
  const raw = await build(t, 'packer/build-image.sh', ['--out', out, '--bundle', bundle])
  const name = basename(raw, '.raw')
  await build(t, 'packer/export-image.sh', [raw, out, name, '--formats', 'qcow2,ova'])
  const built = `image built in ${((performance.now() - started) / 1000).toFixed(0)} s`
  return { bundle, image: join(out, `${name}.qcow2`), ova: join(out, `${name}.ova`), built }
}

/** Runs a command that says on standard error how far it is and prints a path at last. */
async function build(t: Test, command: string, args: readonly string[]): Promise<string> {
  const started = performance.now()
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  t.equal(code === 0 ? '' : err, '', `${basename(args[0] ?? command)} in ${seconds} s`)
  if (code !== 0) throw new Error(`${command} ended with ${code}`)
  return out.trim().split('\n').at(-1) ?? ''
}
