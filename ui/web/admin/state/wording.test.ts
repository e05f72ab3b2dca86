import t from 'tap'
import { quietStatus } from '../../../server/test/sample-status.ts'
import {
  formatBitRate,
  formatBytes,
  formatDuration,
  formatMs,
  formatNumber,
  formatPercent,
} from './format.ts'
import { addressWords, isUnhappy, pathWords, qualityWords, tracksWords } from './wording.ts'

t.test('figures have a unit and few digits', async (t) => {
  t.equal(formatBitRate(0), '0 bit/s')
  t.equal(formatBitRate(999), '999 bit/s')
  t.equal(formatBitRate(999.7), '1.0 kbit/s')
  t.equal(formatBitRate(2_437_000), '2.4 Mbit/s')
  t.equal(formatBitRate(245_100_000), '245 Mbit/s')
  t.equal(formatBitRate(-1), '0 bit/s')
  t.equal(formatBytes(16_777_216), '16.8 MB')
  t.equal(formatPercent(0), '0 %')
  t.equal(formatPercent(3.14), '3.1 %')
  t.equal(formatPercent(9.96), '10 %')
  t.equal(formatPercent(100), '100 %')
  t.equal(formatDuration(-3), '0 s')
  t.equal(formatDuration(59.9), '59 s')
  t.equal(formatDuration(754), '12 min')
  t.equal(formatDuration(3_661), '1 h 1 min')
  t.equal(formatDuration(93_784), '1 day 2 h')
  t.equal(formatDuration(200_000), '2 days 7 h')
})

t.test('paths and tracks have words', async (t) => {
  t.equal(pathWords('udp'), 'Direct, UDP')
  t.equal(pathWords('turn-tls'), 'Relayed, TURN over TLS')
  t.equal(pathWords(undefined), 'Not connected yet')
  t.equal(tracksWords([]), 'Nothing, only listens')
  t.equal(
    tracksWords([
      { kind: 'microphone', muted: true },
      { kind: 'screen_share', muted: false },
    ]),
    'Microphone (muted), Screen',
  )
})

t.test('times and counts are short', async (t) => {
  t.equal(formatMs(0), '0 ms')
  t.equal(formatMs(4.25), '4.3 ms')
  t.equal(formatMs(84.2), '84 ms')
  t.equal(formatMs(2_100), '2.1 s')
  t.equal(formatNumber(262_144), '262\u202f144')
  t.equal(formatNumber(12), '12')
})

t.test('a quality has a word and an icon, also while it is not measured', async (t) => {
  t.same(qualityWords('poor'), { word: 'Poor', tone: 'warn', icon: 'signal1' })
  t.match(qualityWords(undefined), { word: 'Not measured', tone: 'unknown' })
  t.ok(isUnhappy({ quality: 'lost' }))
  t.notOk(isUnhappy({ quality: undefined }))
})

t.test('tells how the public address is known', async (t) => {
  const { address } = quietStatus(0)
  t.equal(addressWords(address), 'set in the configuration')
  const behind = { ...address, how: 'stun', isLocal: false } as const
  t.equal(addressWords(behind), 'found by STUN, translated by a router')
})
