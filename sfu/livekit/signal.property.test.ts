import { SignalRequest } from '@livekit/protocol'
import fc from 'fast-check'
import t from 'tap'
import { settled } from '../room/test/fake-clock.ts'
import { clientOffer } from './test/descriptions.ts'
import { type FakeClient, FakeDoor } from './test/fake-client.ts'

const text = fc.oneof(
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', '', 'mic', 'PA_x', clientOffer([]), 'v=0\r\n'),
  fc
    .string()
    .map((trackId) => clientOffer([{ mid: '1', kind: 'audio', direction: 'sendonly', trackId }])),
)
const number = fc.integer({ min: 0, max: 4 })
const description = fc.record({ type: text, sdp: text, id: number })
const track = fc.record({ cid: text, type: number, source: number, muted: fc.boolean(), sid: text })
const sids = fc.array(text, { maxLength: 3 })

/** Requests as protobuf's JSON has them. */
const request = fc.oneof(
  fc.record({ offer: description }),
  fc.record({ answer: description }),
  fc.record({ addTrack: track }),
  fc.record({ mute: fc.record({ sid: text, muted: fc.boolean() }) }),
  fc.record({ subscription: fc.record({ trackSids: sids, subscribe: fc.boolean() }) }),
  fc.record({
    trackSetting: fc.record({ trackSids: sids, disabled: fc.boolean(), width: number }),
  }),
  fc.record({ subscriptionPermission: fc.record({ allParticipants: fc.boolean() }) }),
  fc.record({ updateMetadata: fc.record({ attributes: fc.dictionary(text, text), name: text }) }),
  fc.record({ syncState: fc.record({ trackSidsDisabled: sids, offer: description }) }),
  fc.record({ updateAudioTrack: fc.record({ trackSid: text, features: fc.array(number) }) }),
  fc.record({ trickle: fc.record({ candidateInit: text }) }),
  fc.constant({ leave: {} }),
)

t.test('no bytes on a signal connection raise a bug or disturb anybody else', async (t) => {
  const bytes = fc.uint8Array({ maxLength: 64 })
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 8 }), (all) => survives(all)),
    { numRuns: 100 },
  )
  t.pass('100 runs')
})

t.test('no requests in any order raise a bug or disturb anybody else', async (t) => {
  const requests = fc.array(request, { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(requests, (all) =>
      survives(all.map((one) => SignalRequest.fromJson(one).toBinary())),
    ),
    { numRuns: 100 },
  )
  t.pass('100 runs')
})

async function survives(messages: readonly Uint8Array[]): Promise<boolean> {
  const door = new FakeDoor()
  const witness = await door.enter('witness')
  const stranger = await door.enter('stranger')
  await sendAll(stranger, messages)
  await settled()
  await witness.say({ case: 'ping', value: 1n })
  const [remaining] = door.rooms.all()
  return (
    witness.closedWith === undefined &&
    witness.all('pong').length === 1 &&
    remaining?.participants.get('witness')?.state === 'joined' &&
    door.errors.length === 0
  )
}

/** Rejects when the server would log a bug. */
async function sendAll(client: FakeClient, messages: readonly Uint8Array[]): Promise<void> {
  for (const message of messages) await client.handler?.received(message)
}
