import {
  AddTrackRequest,
  DisconnectReason,
  LeaveRequest,
  SessionDescription,
  SimulcastCodec,
  TrackSource,
  TrackType,
} from '@livekit/protocol'
import { clientAnswer, clientOffer, type OfferedTrack } from './descriptions.ts'
import type { FakeClient, FakeDoor } from './fake-client.ts'

/** What a client says when its person leaves. */
export function leaveRequest(): LeaveRequest {
  return new LeaveRequest({ reason: DisconnectReason.CLIENT_INITIATED })
}

/** Announces a microphone with that client id. */
export function microphone(cid: string): AddTrackRequest {
  const simulcastCodecs = [new SimulcastCodec({ codec: 'opus', cid })]
  const source = TrackSource.MICROPHONE
  return new AddTrackRequest({ cid, type: TrackType.AUDIO, source, simulcastCodecs })
}

/** Offers tracks on the publisher connection, as offer 7. */
export function offer(client: FakeClient, tracks: readonly OfferedTrack[]): Promise<void> {
  const value = new SessionDescription({ type: 'offer', sdp: clientOffer(tracks), id: 7 })
  return client.say({ case: 'offer', value })
}

/** Answers the server's last offer, refusing the sections with these mids. */
export function answer(client: FakeClient, refused?: ReadonlySet<string>): Promise<void> {
  const { sdp, id } = client.last('offer')
  const value = new SessionDescription({ type: 'answer', sdp: clientAnswer(sdp, refused), id })
  return client.say({ case: 'answer', value })
}

/** Announces and offers a microphone; returns the track's sid. */
export async function publishMicrophone(client: FakeClient): Promise<string> {
  await client.say({ case: 'addTrack', value: microphone('mic') })
  await offer(client, [{ mid: '1', kind: 'audio', direction: 'sendonly', trackId: 'mic' }])
  return client.last('trackPublished').track?.sid ?? ''
}

/** Joins and brings the subscriber connection up. */
export async function connected(door: FakeDoor, identity: string): Promise<FakeClient> {
  const client = await door.enter(identity)
  await answer(client)
  door.plane.rooms[0]?.transports.at(-1)?.emit({ type: 'connected' })
  return client
}
