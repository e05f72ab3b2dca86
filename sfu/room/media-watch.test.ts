import t from 'tap'
import type { FakeConsumer } from '../media/fake-consumer.ts'
import type { FakeProducer } from '../media/fake-producer.ts'
import type { FakeTransport } from '../media/fake-transport.ts'
import type { Participant } from './participant.ts'
import { setMuted } from './publishing.ts'
import { receiveTrack } from './receiving.ts'
import type { Room } from './room.ts'
import { FakeRooms, microphone, publish } from './test/fake-room.ts'
import type { Track } from './track.ts'

const SECOND = 1_000

t.test('tells how each sends and receives, and who loses packets', async (t) => {
  const { fake, room, join } = await openRoom()
  const [anna, ben] = [await join('anna'), await join('ben')]
  const [annas, bens] = [await publish(room, anna), await publish(room, ben)]
  const toBen = await receive(room, ben, annas)
  producerOf(annas).currentStats = sent({ lossPercent: 9, jitterMs: 4 })
  producerOf(bens).currentStats = sent({ lossPercent: 0, jitterMs: 3 })
  toBen.currentStats = sent({ lossPercent: 0, rttMs: 25 })
  await fake.clock.advance(20 * SECOND)
  const { figures, timeline } = room
  t.match(figures.ofPerson(anna), { up: { lossPercent: 9, jitterMs: 4, bitsPerSecond: 32_000 } })
  t.match(figures.ofPerson(ben), { up: { lossPercent: 0 }, down: { rttMs: 25 } })
  t.match(
    timeline.events.filter(({ type }) => type === 'loss'),
    [{ who: { identity: 'anna' }, way: 'up', burst: { state: 'begins' } }],
  )
  producerOf(annas).currentStats = sent({ lossPercent: 0 })
  await fake.clock.advance(30 * SECOND)
  t.match(timeline.events.at(-1), { type: 'loss', burst: { state: 'ends' } })
})

t.test('sees a picture stand still that is not muted', async (t) => {
  const { fake, room, join } = await openRoom()
  const camera = { ...microphone, source: 'camera' as const }
  const anna = await join('anna')
  // What a track carries matters to the room by its description alone, so Opus can play the picture.
  const track = await publish(room, anna, camera)
  Object.assign(track.description, { kind: 'video' })
  const send = (bytes: number) => {
    producerOf(track).currentStats = sent({ bytes })
  }
  for (let second = 1; second <= 3; second += 1) {
    send(second * 1_000)
    await fake.clock.advance(SECOND)
  }
  t.equal(room.figures.stillnessOf(track).freezes, 0)
  await fake.clock.advance(4 * SECOND)
  t.match(room.timeline.events.at(-1), {
    type: 'freeze',
    source: 'camera',
    burst: { state: 'begins' },
  })
  send(9_000)
  await fake.clock.advance(2 * SECOND)
  t.match(room.timeline.events.at(-1), { type: 'freeze', burst: { state: 'ends' } })
  await setMuted(room, anna, { trackSid: track.sid, muted: true })
  await fake.clock.advance(10 * SECOND)
  t.equal(room.figures.stillnessOf(track).freezes, 1, 'a muted one may stand still')
})

t.test('asks nothing of what is muted or paused, and forgets what was', async (t) => {
  const { fake, room, join } = await openRoom()
  const [anna, ben] = [await join('anna'), await join('ben')]
  const track = await publish(room, anna)
  const consumer = await receive(room, ben, track)
  producerOf(track).currentStats = sent({})
  consumer.currentStats = sent({ rttMs: 9 })
  await fake.clock.advance(5 * SECOND)
  t.ok(room.figures.ofTrack(track))
  await setMuted(room, anna, { trackSid: track.sid, muted: true })
  const asked = [producerOf(track).asked, consumer.asked]
  await fake.clock.advance(10 * SECOND)
  t.same([producerOf(track).asked, consumer.asked], asked)
  t.equal(room.figures.ofTrack(track), undefined)
  t.equal(room.figures.ofConsumer(consumer), undefined)
  t.match(room.figures.ofPerson(anna).up, { bitsPerSecond: 0, lossPercent: undefined })
  t.match(room.figures.ofPerson(ben).down, { bitsPerSecond: 0, rttMs: undefined })
  await setMuted(room, anna, { trackSid: track.sid, muted: false })
  await consumer.pause()
  await fake.clock.advance(10 * SECOND)
  t.ok(producerOf(track).asked > (asked[0] ?? 0))
  t.equal(consumer.asked, asked[1])
})

t.test('asks a hundred questions a second at most, and of everybody in turn', async (t) => {
  const { fake, room, join } = await openRoom()
  const people: Participant[] = []
  for (let n = 0; n < 30; n += 1) people.push(await join(`person ${n}`))
  const consumers: FakeConsumer[] = []
  for (const sender of people) {
    const track = await publish(room, sender)
    for (const receiver of people) {
      if (receiver !== sender) consumers.push(await receive(room, receiver, track))
    }
  }
  t.equal(consumers.length, 870)
  const asked = () => {
    const producers = people.flatMap((person) => person.publishedTracks()).map(producerOf)
    return [...producers, ...consumers].reduce((sum, one) => sum + one.asked, 0)
  }
  for (let second = 0; second < 5; second += 1) {
    const before = asked()
    await fake.clock.advance(SECOND)
    t.ok(asked() - before <= 100, `${asked() - before} questions`)
  }
  await fake.clock.advance(20 * SECOND)
  t.ok(
    consumers.every((one) => one.asked > 0),
    'everybody had their turn',
  )
})

t.test('waits for answers rather than ask more and more', async (t) => {
  const { fake, room, join } = await openRoom()
  for (let n = 0; n < 80; n += 1) {
    const track = await publish(room, await join(`person ${n}`))
    const producer = producerOf(track)
    producer.stats = () => {
      producer.asked += 1
      return new Promise(() => undefined)
    }
  }
  await fake.clock.advance(60 * SECOND)
  const tracks = [...room.participants.values()].flatMap((person) => person.publishedTracks())
  const asked = tracks.reduce((sum, track) => sum + producerOf(track).asked, 0)
  t.ok(asked < 80, `${asked} unanswered`)
})

t.test('notes the way that media takes, and another one after it', async (t) => {
  const { fake, room, join } = await openRoom()
  const anna = await join('anna')
  const transport = anna.media.receive as FakeTransport
  transport.tuple = { protocol: 'udp', remoteIp: '198.51.100.1', remotePort: 4_000 }
  await fake.clock.advance(6 * SECOND)
  transport.tuple = { ...transport.tuple }
  await fake.clock.advance(6 * SECOND)
  transport.tuple = { protocol: 'tcp', remoteIp: '198.51.100.1', remotePort: 4_001 }
  await fake.clock.advance(6 * SECOND)
  t.match(
    room.timeline.events.filter((event) => 'route' in event),
    [
      { type: 'connected', route: { protocol: 'udp' } },
      { type: 'path', route: { protocol: 'tcp' } },
    ],
  )
})

t.test('sleeps while there is no room', async (t) => {
  const { fake, room } = await openRoom()
  room.close('roomClosed')
  await fake.clock.advance(SECOND)
  t.equal(fake.clock.waiting, 0)
  await fake.rooms.open('another')
  t.ok(fake.clock.waiting > 0)
})

async function openRoom() {
  const fake = new FakeRooms()
  const room = await fake.rooms.open('a room')
  const join = async (identity: string) => {
    const { participant } = await fake.join(room, identity)
    ;(participant.media.receive as FakeTransport).emit({ type: 'connected' })
    return participant
  }
  return { fake, room, join }
}

async function receive(room: Room, receiver: Participant, track: Track): Promise<FakeConsumer> {
  const options = { capabilities: room.capabilities, mid: track.sid }
  const consumer = await receiveTrack(room, receiver, { track, options })
  if (consumer === undefined) throw new Error('not received')
  await consumer.resume()
  return consumer as FakeConsumer
}

function producerOf({ producer }: Track): FakeProducer {
  return producer as FakeProducer
}

/** Statistics of a track that flows. */
function sent(more: object) {
  return {
    packets: 500,
    bytes: 40_000,
    bitsPerSecond: 32_000,
    lossPercent: 0,
    jitterMs: 2,
    rttMs: 20,
    nacks: 0,
    keyFrameRequests: 0,
    ...more,
  }
}
