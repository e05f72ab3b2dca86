import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { loadFfi } from '#turn'
import { hasCommand } from '../../scripts/test-needs.ts'
import { encodeUnixAddress, openManagerSocket } from './notify-socket.ts'

const ffi = loadFfi()
const skip = ffi ? false : 'this Node has no node:ffi'

/** A datagram socket at a name, as systemd opens one; the kernel queues before the sender returns. */
function openReceiver(t: Test, name: string): () => string {
  if (ffi === undefined) throw new Error('no node:ffi')
  const { functions: libc } = ffi.dlopen(null, {
    socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    bind: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
    recv: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i32' },
    close: { arguments: ['i32'], return: 'i32' },
  })
  const fd = libc.socket(1, 2, 0)
  const address = encodeUnixAddress(name)
  t.equal(libc.bind(fd, address, address.length), 0)
  t.teardown(() => libc.close(fd))
  return () => {
    const bytes = Buffer.alloc(4096)
    const length = libc.recv(fd, bytes, 4096n, 0x40)
    return length < 0 ? 'nothing' : bytes.toString('utf8', 0, length)
  }
}

t.test('sends to a path and to an abstract name', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-notify-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const name of [join(folder, 'notify'), `@callbox-test-${process.pid}`]) {
    const received = openReceiver(t, name)
    const send = openManagerSocket(name)
    await send('READY=1\nSTATUS=ünder way')
    await send('WATCHDOG=1')
    t.equal(received(), 'READY=1\nSTATUS=ünder way', name)
    t.equal(received(), 'WATCHDOG=1')
    t.equal(received(), 'nothing')
  }
})

const noProgram = hasCommand('systemd-notify') ? skip : 'needs systemd-notify'
t.test('lets the program of systemd send, where Node cannot', { skip: noProgram }, async (t) => {
  const name = `@callbox-test-program-${process.pid}`
  const received = openReceiver(t, name)
  const sending = openManagerSocket(name, () => undefined)('READY=1\nSTATUS=is there')
  const messages: string[] = []
  // The program waits until its last message was taken, so that systemd knows whose the first was.
  while (!messages.includes('BARRIER=1')) {
    const message = received()
    if (message !== 'nothing') messages.push(message)
    await setImmediate()
  }
  await sending
  t.match(messages[0], /READY=1\n[\s\S]*STATUS=is there/)
})

t.test('tells the refusal of a socket where nobody is', { skip }, async (t) => {
  await t.rejects(openManagerSocket(`@callbox-nobody-${process.pid}`)('READY=1'), /errno 111/)
})

t.test('takes nothing for a socket that is neither a path nor an abstract name', async (t) => {
  for (const name of ['notify', '@', '/', '', `/${'x'.repeat(107)}`]) {
    t.throws(() => encodeUnixAddress(name), RangeError, name)
  }
  t.equal(encodeUnixAddress(`/${'x'.repeat(106)}`).length, 110)
})

t.test(
  'has the form of unix(7): a path ends with zero, an abstract name begins with it',
  async (t) => {
    t.equal(encodeUnixAddress('/n').toString('hex'), '01002f6e00')
    t.equal(encodeUnixAddress('@n').toString('hex'), '0100006e')
  },
)
