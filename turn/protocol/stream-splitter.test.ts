import fc from 'fast-check'
import t from 'tap'
import { type ChannelNumber, encodeChannelData } from './channel-data.ts'
import { StreamSplitter } from './stream-splitter.ts'
import { encodeStunMessage, type TransactionId } from './stun-message.ts'

const transactionId = new Uint8Array(12) as TransactionId
const emptyRequest = encodeStunMessage({
  class: 'request',
  method: 1,
  transactionId,
  attributes: [],
})
const stun = fc.uint8Array({ maxLength: 60 }).map((value) =>
  encodeStunMessage({
    class: 'request',
    method: 1,
    transactionId,
    attributes: [{ type: 0x8022, value }],
  }),
)
const channelData = fc
  .tuple(fc.integer({ min: 0x4000, max: 0x7ffe }), fc.uint8Array({ maxLength: 3000 }))
  .map(([channel, payload]) => encodeChannelData(channel as ChannelNumber, payload, true))

function split(stream: Uint8Array, sizes: readonly number[]): string[] {
  const splitter = new StreamSplitter()
  const messages: string[] = []
  let offset = 0
  for (let i = 0; offset < stream.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    splitter.push(stream.slice(offset, offset + size))
    offset += size
    for (let next = splitter.next(); next !== 'more'; next = splitter.next()) {
      messages.push(next === 'fault' ? 'fault' : Buffer.from(next).toString('hex'))
      if (next === 'fault') return messages
    }
  }
  return messages
}

t.test('finds the same messages however the stream is cut', (t) => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1 })
  fc.assert(
    fc.property(stun, fc.array(fc.oneof(stun, channelData)), sizes, (first, rest, sizes) => {
      const messages = [first, ...rest]
      const found = split(Buffer.concat(messages), sizes)
      t.same(
        found,
        messages.map((message) => Buffer.from(message).toString('hex')),
      )
    }),
    { numRuns: 100 },
  )
  t.end()
})

t.test('keeps messages it has handed out untouched by later chunks', (t) => {
  const splitter = new StreamSplitter()
  const one = emptyRequest
  splitter.push(one.slice(0, 3))
  splitter.push(one.slice(3))
  const first = splitter.next()
  splitter.push(Buffer.alloc(5000, 0x40))
  t.same(first, one)
  t.end()
})

t.test('calls a stream of another protocol a fault', (t) => {
  t.same(split(Buffer.from('GET / HTTP/1.1\r\n'), [5]), ['fault'])
  t.same(split(Uint8Array.of(0x16, 0x03, 0x01, 0x00), [1]), ['fault'])
  t.end()
})

t.test('needs no more than a few copies for a message that trickles in byte by byte', (t) => {
  const long = encodeChannelData(0x4000 as ChannelNumber, Buffer.alloc(60_000), true)
  t.equal(split(Buffer.concat([emptyRequest, long]), [1]).length, 2)
  t.end()
})
