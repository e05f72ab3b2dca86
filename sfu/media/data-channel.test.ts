import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { DataChannel } from './data-channel.ts'

const kiB = (count: number) => Buffer.alloc(count * 1024)

/** A worker whose buffer drains when told to; `isFull` makes it refuse. */
function sender() {
  const sent: number[] = []
  const state = { bufferedBytes: 0, isFull: false, sent }
  return Object.assign(state, {
    async send(message: Buffer) {
      if (state.isFull) throw new Error('sctpsendbufferfull')
      sent.push(message.length)
      state.bufferedBytes += message.length
      return state.bufferedBytes
    },
  })
}

t.test('queues before it has a stream, and sends in order when it does', async (t) => {
  const channel = new DataChannel({ label: 'chat', reliable: true })
  const worker = sender()
  t.equal(channel.send(kiB(1)), 'queued')
  t.equal(channel.send(kiB(2)), 'queued')
  channel.attach(worker)
  t.strictSame(worker.sent, [1024, 2048])
  t.equal(channel.send(kiB(3)), 'sent')
})

t.test('owes a slow receiver a MiB at most, and goes on when it catches up', async (t) => {
  const channel = new DataChannel({ label: 'chat', reliable: true })
  const worker = sender()
  channel.attach(worker)
  const results = Array.from({ length: 17 }, () => channel.send(kiB(64)))
  t.strictSame(new Set(results.slice(0, 4)), new Set(['sent']))
  t.strictSame(new Set(results.slice(4, 16)), new Set(['queued']))
  t.equal(results[16], 'overflow')
  t.equal(worker.sent.length, 4, 'the rest waits here')

  await setImmediate()
  worker.bufferedBytes = 0
  channel.handleDrained(0)
  await setImmediate()
  t.equal(worker.sent.length, 8)
  t.equal(channel.send(kiB(64)), 'queued')
})

t.test('a hole in a reliable channel is an overflow from then on', async (t) => {
  const channel = new DataChannel({ label: 'chat', reliable: true })
  const worker = sender()
  channel.attach(worker)
  worker.isFull = true
  t.equal(channel.send(kiB(1)), 'sent')
  await setImmediate()
  t.equal(channel.send(kiB(1)), 'overflow')
})

t.test('a lossy channel drops what cannot go now, and goes on', async (t) => {
  const channel = new DataChannel({ label: '_lossy', reliable: false })
  const worker = sender()
  t.equal(channel.send(kiB(1)), 'dropped', 'before it has a stream')
  channel.attach(worker)
  const results = Array.from({ length: 5 }, () => channel.send(kiB(64)))
  t.strictSame(results, ['sent', 'sent', 'sent', 'sent', 'dropped'])
  await setImmediate()
  worker.isFull = true
  t.equal(channel.send(kiB(1)), 'sent')
  await setImmediate()
  worker.isFull = false
  t.equal(channel.send(kiB(1)), 'sent')
})

t.test('drops a message that is longer than descriptions allow', async (t) => {
  const channel = new DataChannel({ label: 'chat', reliable: true })
  channel.attach(sender())
  t.equal(channel.send(kiB(257)), 'dropped')
})
