import t from 'tap'
import { setMuted } from './publishing.ts'
import { setSubscriptionRule, tracksFor } from './receiving.ts'
import { settled } from './test/fake-clock.ts'
import { everything, FakeRooms, publish } from './test/fake-room.ts'

t.test('takes so many rooms and participants and no more', async (t) => {
  const fake = new FakeRooms({ rooms: 2, participants: 2 })
  const room = await fake.rooms.open('a room')
  const opening = fake.rooms.open('another')
  t.equal(fake.rooms.obstacleFor('a third', 'anna'), 'serverFull', 'also while one is opening')
  await opening
  t.equal(fake.rooms.obstacleFor('a room', 'anna'), undefined)
  await fake.join(room, 'anna')
  await fake.join(room, 'ben')
  t.equal(fake.rooms.obstacleFor('another', 'carol'), 'serverFull')
  t.equal(fake.rooms.obstacleFor('a room', 'ben'), undefined, 'who is inside may come anew')
})

t.test('keeps nothing of who joined and left', async (t) => {
  const fake = new FakeRooms()
  const room = await fake.rooms.open('a room')
  await fake.join(room, 'anna')
  const before = fake.clock.waiting
  for (let count = 0; count < 10; count += 1) {
    const { participant } = await fake.join(room, 'ben')
    room.leave(participant, 'clientLeft')
  }
  t.equal(fake.clock.waiting, before)
})

t.test('nobody learns from its silence that somebody hidden is there', async (t) => {
  const fake = new FakeRooms()
  const room = await fake.rooms.open('a room')
  const ben = await fake.join(room, 'ben')
  const anna = await fake.join(room, 'anna', { permissions: { ...everything, hidden: true } })
  const track = await publish(room, anna.participant)
  const levels = [{ producerId: track.producer?.id ?? '', dBov: -10 }]
  const speak = () => fake.plane.rooms[0]?.emit({ type: 'audioLevels', levels })
  for (let count = 0; count < 5; count += 1) speak()
  await settled()
  t.ok(anna.door.take().includes('somebody speaks'))
  await setMuted(room, anna.participant, { trackSid: track.sid, muted: true })
  t.ok(anna.door.take().includes('somebody is silent'))
  await setMuted(room, anna.participant, { trackSid: track.sid, muted: false })
  for (let count = 0; count < 5; count += 1) speak()
  room.leave(anna.participant, 'clientLeft')
  t.notMatch(ben.door.take().join(), /somebody/)
})

t.test('a rule that changes all the time holds at once and is told now and then', async (t) => {
  const fake = new FakeRooms()
  const room = await fake.rooms.open('a room')
  const anna = await fake.join(room, 'anna')
  const ben = await fake.join(room, 'ben')
  const track = await publish(room, anna.participant)
  for (let count = 0; count < 101; count += 1) {
    const everybody = count % 2 !== 0
    setSubscriptionRule(
      room,
      anna.participant,
      everybody ? { everybody } : { everybody, allowed: new Map() },
    )
    t.same(tracksFor(room, ben.participant), everybody ? [track] : [])
  }
  await fake.clock.advance(500)
  t.same(
    ben.door.take().filter((text) => text.startsWith('microphone')),
    ['microphone denied'],
  )
})
