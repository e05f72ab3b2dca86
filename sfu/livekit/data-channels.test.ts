import {
  ActiveSpeakerUpdate,
  ChatMessage,
  DataPacket,
  DataPacket_Kind,
  SpeakerInfo,
  Transcription,
  UserPacket,
} from '@livekit/protocol'
import t from 'tap'
import type { FakeTransport } from '../media/fake-transport.ts'
import type { VideoGrant } from './access-token.ts'
import { type FakeClient, FakeDoor } from './test/fake-client.ts'

const payload = new TextEncoder().encode('hello')

t.test('passes a packet on to the others with its true sender, on the same channel', async (t) => {
  const { anna, ben, cleo } = await call()
  const lie = { participantSid: 'PA_lie', participantIdentity: 'lie' }
  const user = new UserPacket({ ...lie, payload, topic: 'a topic' })
  for (const label of ['_reliable', '_lossy'] as const) {
    anna.sends(label, new DataPacket({ ...lie, value: { case: 'user', value: user } }))
    for (const other of [ben, cleo]) {
      const [packet] = other.got(label)
      t.match(packet, {
        kind: label === '_lossy' ? DataPacket_Kind.LOSSY : DataPacket_Kind.RELIABLE,
        participantSid: anna.client.sid,
        participantIdentity: 'anna',
        value: { value: { participantIdentity: 'anna', topic: 'a topic' } },
      })
    }
    t.same(anna.got(label), [], 'and never back')
  }
})

t.test('passes a packet on to those whom it names only', async (t) => {
  const { anna, ben, cleo } = await call()
  const value = { case: 'user', value: new UserPacket({ payload }) } as const
  anna.sends('_reliable', new DataPacket({ value, destinationIdentities: ['ben'] }))
  const old = new UserPacket({ payload, destinationIdentities: ['ben'] })
  anna.sends('_reliable', new DataPacket({ value: { case: 'user', value: old } }))
  const older = new UserPacket({ payload, destinationSids: [ben.client.sid] })
  anna.sends('_reliable', new DataPacket({ value: { case: 'user', value: older } }))
  t.equal(ben.got('_reliable').length, 3)
  t.same(ben.got('_reliable')[1]?.destinationIdentities, ['ben'])
  t.equal(cleo.got('_reliable').length, 0)
})

t.test('packets that take long to read do not take all the time there is', async (t) => {
  const { anna, ben, door } = await call()
  let nowMs = door.clock.nowMs()
  door.clock.nowMs = () => {
    nowMs += 300
    return nowMs
  }
  for (let count = 0; count < 30; count += 1) anna.sends('_lossy', chat({}))
  t.ok(ben.got('_lossy').length < 20, 'later ones are dropped unread')
})

t.test('drops a reliable packet that it passed on before, and says so on a resume', async (t) => {
  const { anna, ben, door } = await call()
  for (const sequence of [1, 2, 2, 1, 3, 0, 0]) anna.sends('_reliable', chat({ sequence }))
  t.same(
    ben.got('_reliable').map(({ sequence }) => sequence),
    [1, 2, 3, 0, 0],
    'packets without a number are all passed on',
  )
  anna.transports.receive.emit({ type: 'connected' })
  await anna.client.drop()
  const again = await door.enter('anna', { query: `&reconnect=1&sid=${anna.client.sid}` })
  t.equal(again.last('reconnect').lastMessageSeq, 3)
})

t.test(
  'passes nothing on without the permission, from strangers to the protocol, or over size',
  async (t) => {
    const { door, anna, ben } = await call()
    const mute = await participant(door, 'mute', { canPublishData: false })
    mute.sends('_reliable', chat({}))
    anna.transports.send.emit({ type: 'dataMessage', label: 'other', bytes: chat({}).toBinary() })
    anna.transports.send.emit({ type: 'dataMessage', label: '_lossy', bytes: Uint8Array.of(255) })
    const large = new UserPacket({ payload: new Uint8Array(64_001) })
    anna.sends('_reliable', new DataPacket({ value: { case: 'user', value: large } }))
    const forged = new ActiveSpeakerUpdate({ speakers: [new SpeakerInfo({ sid: 'PA_x' })] })
    anna.sends('_reliable', new DataPacket({ value: { case: 'speaker', value: forged } }))
    const said = new Transcription({ transcribedParticipantIdentity: 'ben' })
    anna.sends('_reliable', new DataPacket({ value: { case: 'transcription', value: said } }))
    t.same([...ben.got('_reliable'), ...ben.got('_lossy')], [])
  },
)

t.test('hides a hidden sender', async (t) => {
  const { door, ben } = await call()
  const ghost = await participant(door, 'ghost', { hidden: true })
  ghost.sends('_reliable', chat({}))
  t.match(ben.got('_reliable'), [{ participantSid: '', participantIdentity: '' }])
})

t.test('has a receiver that cannot keep up reconnect, and leaves the others alone', async (t) => {
  const { anna, ben, cleo } = await call()
  ben.transports.receive.sendResult = 'overflow'
  anna.sends('_reliable', chat({}))
  t.equal(ben.client.closedWith, 1000)
  t.ok(ben.client.last('leave').canReconnect)
  t.equal(cleo.got('_reliable').length, 1)
})

t.test(
  'keeps reliable packets for somebody whose channel opens a little later, in order',
  async (t) => {
    const { door, anna } = await call()
    const opening = Promise.withResolvers<void>()
    delayChannels(door, opening.promise)
    const late = await participant(door, 'late')
    anna.sends('_reliable', chat({ sequence: 1 }))
    anna.sends('_lossy', chat({}))
    t.same(late.got('_reliable'), [])
    opening.resolve()
    await opening.promise
    anna.sends('_reliable', chat({ sequence: 2 }))
    await new Promise((resolve) => setImmediate(resolve))
    t.same(
      late.got('_reliable').map(({ sequence }) => sequence),
      [1, 2],
    )
    t.same(late.got('_lossy'), [], 'lossy ones are lost')
  },
)

t.test('stops passing on for a sender over the rate, until time has passed', async (t) => {
  const { door, anna, ben } = await call()
  for (let count = 0; count < 4_100; count += 1) anna.sends('_lossy', chat({}))
  t.equal(ben.got('_lossy').length, 4_000)
  await door.clock.advance(100)
  anna.sends('_lossy', chat({}))
  t.equal(ben.got('_lossy').length, 4_001)
})

function chat(more: Readonly<{ sequence?: number }>): DataPacket {
  const value = { case: 'chatMessage', value: new ChatMessage({ message: 'hello' }) } as const
  return new DataPacket({ ...more, value })
}

async function call() {
  const door = new FakeDoor()
  const anna = await participant(door, 'anna')
  const ben = await participant(door, 'ben')
  const cleo = await participant(door, 'cleo')
  return { door, anna, ben, cleo }
}

/** Has the channels of whoever joins next open only when `opening` resolves. */
function delayChannels(door: FakeDoor, opening: Promise<void>): void {
  const room = door.plane.rooms[0]
  if (room === undefined) throw new Error('no room')
  const openTransport = room.openTransport.bind(room)
  room.openTransport = async (options) => {
    const transport = await openTransport(options)
    const openDataChannel = transport.openDataChannel.bind(transport)
    transport.openDataChannel = async (channel) => {
      await opening
      await openDataChannel(channel)
    }
    return transport
  }
}

/** Somebody in the call, both of its transports, and what went through its channels. */
async function participant(door: FakeDoor, identity: string, grant: VideoGrant = {}) {
  const client: FakeClient = await door.enter(identity, { grant })
  const [send, receive] = (door.plane.rooms[0]?.transports ?? []).slice(-2)
  const transports = { send: send as FakeTransport, receive: receive as FakeTransport }
  return {
    client,
    transports,
    sends: (label: '_reliable' | '_lossy', packet: DataPacket) =>
      transports.send.emit({ type: 'dataMessage', label, bytes: packet.toBinary() }),
    got: (label: '_reliable' | '_lossy') =>
      transports.receive.sentData
        .filter((sent) => sent.label === label)
        .map((sent) => DataPacket.fromBinary(sent.bytes)),
  }
}
