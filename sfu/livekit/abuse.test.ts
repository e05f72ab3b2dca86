import { DisconnectReason, MuteTrackRequest, UpdateParticipantMetadata } from '@livekit/protocol'
import t from 'tap'
import { settled } from '../room/test/fake-clock.ts'
import { publishMicrophone } from './test/client-moves.ts'
import { FakeClient, FakeDoor } from './test/fake-client.ts'

t.test('many who come at once do not get past the limits', async (t) => {
  const door = new FakeDoor({ participants: 2, rooms: 1 })
  const asked = await Promise.all(
    ['a', 'b', 'c'].map(async (identity) => door.ask(await door.token(identity))),
  )
  t.same(
    asked.map(({ ok }) => ok),
    [true, true, true],
  )
  const entered = await Promise.allSettled(['a', 'b', 'c'].map((one) => door.enter(one)))
  t.equal(entered.length, 3)
  t.equal(door.rooms.find('a room')?.participants.size, 2)
  const elsewhere = await door.ask(await door.token('d', { grant: { room: 'b room' } }))
  t.match(elsewhere, { ok: false, fault: { status: 503, message: /server is full/ } })
})

t.test('large notes go to everybody once a second, however often they change', async (t) => {
  const door = new FakeDoor()
  const anna = await door.enter('anna')
  const ben = await door.enter('ben')
  const sid = await publishMicrophone(anna)
  const metadata = 'x'.repeat(100_000)
  await anna.say({ case: 'updateMetadata', value: new UpdateParticipantMetadata({ metadata }) })
  await door.clock.advance(2_000)
  const before = ben.all('update').length
  for (let count = 0; count < 50; count += 1) {
    const muted = count % 2 === 0
    await anna.say({ case: 'mute', value: new MuteTrackRequest({ sid, muted }) })
    await door.clock.advance(20)
  }
  await door.clock.advance(1_000)
  t.ok(ben.all('update').length - before <= 3, 'fifty changes in two messages or three')
  t.equal(ben.last('update').participants.at(-1)?.metadata, metadata)
})

t.test('the counts of a room are told once for many who come and go', async (t) => {
  const door = new FakeDoor()
  const ben = await door.enter('ben')
  for (let count = 0; count < 20; count += 1) await door.enter('anna')
  await door.clock.advance(250)
  t.equal(ben.all('roomUpdate').length, 1)
  t.equal(ben.last('roomUpdate').room?.numParticipants, 2)
})

t.test('who is replaced before being greeted is told so, and nothing of them stays', async (t) => {
  const door = new FakeDoor()
  const enter = async () => {
    const asked = await door.ask(await door.token('anna'))
    return { asked, client: new FakeClient() }
  }
  await door.enter('anna')
  const before = door.clock.waiting
  const many = await Promise.all(Array.from({ length: 10 }, enter))
  for (const { asked, client } of many)
    if (asked.ok) client.handler = door.door.open(asked.value, client)
  await settled()
  t.same(
    many.map(({ client }) => client.closedWith),
    [...Array(9).fill(1000), undefined],
  )
  t.equal(many[0]?.client.last('leave').reason, DisconnectReason.DUPLICATE_IDENTITY)
  t.equal(door.clock.waiting, before)
})
