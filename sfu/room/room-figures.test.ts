import t from 'tap'
import type { ConsumerMedia, LinkStats, ProducerStats } from '../media/media-plane.ts'
import type { Participant } from './participant.ts'
import { RoomFigures } from './room-figures.ts'
import type { Timeline } from './timeline.ts'
import type { Track } from './track.ts'

const losing = (lossPercent: number | undefined) =>
  ({ lossPercent, jitterMs: 1, rttMs: 1, bitsPerSecond: 1000, bytes: 1, packets: 1 }) as LinkStats &
    ProducerStats

t.test('counts at a receiver only what was lost after it came to us', async (t) => {
  const figures = new RoomFigures({ add: () => undefined } as unknown as Timeline)
  const publisher = { publishedTracks: () => [], consumers: new Map() }
  const description = { kind: 'audio', source: 'microphone' }
  const track = { description, participant: publisher } as unknown as Track
  const consumer = { kind: 'audio', paused: false } as ConsumerMedia
  const receiver = { publishedTracks: () => [], consumers: new Map([['t', consumer]]) }
  const received = (lossPercent: number | undefined, nowMs = 1) => {
    const taken = { track, stats: losing(lossPercent), nowMs }
    figures.takeConsumer(receiver as unknown as Participant, consumer, taken)
    return figures.ofConsumer(consumer)?.lossPercent
  }
  t.equal(received(7), 7, 'nothing is known of the way to us')
  figures.takeTrack(track, losing(10), 1)
  t.equal(received(10), 0, 'all of it was missing before')
  t.equal(received(9), 0)
  t.equal(Math.round(received(19) ?? 0), 10, 'of the nine in ten that came, one is lost')
  t.equal(received(undefined), undefined)
  figures.takeTrack(track, losing(2), 5000)
  t.equal(received(10, 11_999), 0, 'a receiver reports later than we measure')
  t.equal(received(2, 12_001), 0)
  t.equal(Math.round(received(10, 12_001) ?? 0), 8)
  t.equal(
    Math.round(received(10, 60_000) ?? 0),
    8,
    'the last measure counts until there is another',
  )
  figures.takeTrack(track, losing(0), 17_100)
  t.equal(received(10, 17_100), 10)
  figures.takeTrack(track, losing(100), 18_000)
  t.equal(received(100, 18_000), 0)
})
