import t from 'tap'
import { type ChannelNumber, encodeChannelData, parseChannelData } from './channel-data.ts'

const channel = 0x4001 as ChannelNumber

t.test('reads back what it encodes, padded or not (RFC 8656 §12.4)', (t) => {
  const payload = Buffer.from('12345')
  for (const padded of [true, false]) {
    const bytes = encodeChannelData(channel, payload, padded)
    t.equal(bytes.length, padded ? 12 : 9)
    const parsed = parseChannelData(bytes)
    t.same(parsed.ok && [parsed.value.channel, Buffer.from(parsed.value.payload)], [
      channel,
      payload,
    ])
  }
  t.end()
})

t.test('refuses what is cut, too long or on no channel', (t) => {
  const parse = (...bytes: number[]) => parseChannelData(Uint8Array.from(bytes))
  t.match(parse(0x40, 1, 0), { fault: 'too-short' })
  t.match(parse(0x40, 1, 0, 5, 1), { fault: 'bad-length' })
  t.match(parse(0x40, 1, 0, 0, 1), { fault: 'bad-length' })
  t.match(parse(0x7f, 0xff, 0, 0), { fault: 'bad-attribute' })
  t.end()
})
