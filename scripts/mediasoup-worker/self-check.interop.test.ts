import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { needs } from '../test-needs.ts'
import { checkMedia, startsHere } from './self-check.ts'

const skip = needs('worker')
const worker = process.env['MEDIASOUP_WORKER_BIN'] ?? ''

t.test('passes a worker that carries sound and messages there and back', { skip }, async (t) => {
  t.ok(startsHere(worker))
  await t.resolves(checkMedia(worker))
})

t.test('refuses a program that is no worker', async (t) => {
  t.notOk(startsHere('/bin/true'))
  await t.rejects(checkMedia('/bin/true'), { message: /refused: it does not start/ })
})

t.test('refuses a file that is not there', async (t) => {
  await t.rejects(checkMedia(join(t.testdir({}), 'nothing')), { message: /refused/ })
})

t.test('refuses a worker that dies as soon as it is used', async (t) => {
  const dying = script(t.testdir({}), '[ -n "$MEDIASOUP_VERSION" ] || exit 41\nexit 1')
  t.ok(startsHere(dying), 'it starts as a worker does')
  await t.rejects(checkMedia(dying), { message: /is refused/ })
})

t.test('refuses a worker that dies in the middle of a call', { skip }, async (t) => {
  // As with a wrong OpenSSL, whose first handshake kills it: this one is killed once it has a port open.
  const fragile = script(
    t.testdir({}),
    `[ -n "$MEDIASOUP_VERSION" ] || exit 41
while [ -d /proc/$$ ]; do
  inodes=$(ls -l /proc/$$/fd 2>/dev/null | sed -n 's/.*socket:\\[\\(.*\\)\\]/\\1/p')
  for inode in $inodes; do grep -q " $inode " /proc/net/udp && kill -KILL $$; done
done &
exec "${worker}" "$@"`,
  )
  await t.rejects(checkMedia(fragile), { message: /is refused: the worker died .*SIGKILL/ })
})

function script(folder: string, body: string): string {
  const path = join(folder, 'worker')
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
  return path
}
