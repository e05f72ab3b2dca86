import type { Track, TrackSource } from './track.ts'

/** What a participant may do in its room. */
export type Permissions = Readonly<{
  canPublish: boolean
  /** When not empty, only these sources may be published; `canPublish` is needed as well. */
  canPublishSources: readonly TrackSource[]
  canSubscribe: boolean
  canPublishData: boolean
  canUpdateOwnMetadata: boolean
  /** Others are not told of a hidden participant; it sees them. */
  hidden: boolean
}>

const kindOfSource: Readonly<Record<TrackSource, 'audio' | 'video' | undefined>> = {
  camera: 'video',
  microphone: 'audio',
  screen_share: 'video',
  screen_share_audio: 'audio',
  other: undefined,
}

/** Whether these permissions allow to publish such a track; a camera is no microphone, whatever it is called. */
export function mayPublish(
  permissions: Permissions,
  { kind, source }: Readonly<{ kind: 'audio' | 'video'; source: TrackSource }>,
): boolean {
  if (!permissions.canPublish) return false
  const sources = permissions.canPublishSources
  return sources.length === 0 || (sources.includes(source) && kindOfSource[source] === kind)
}

/** Whom a publisher lets receive its tracks; everybody until it says otherwise. */
export type SubscriptionRule =
  | Readonly<{ everybody: true }>
  | Readonly<{
      everybody: false
      /** By participant identity or participant sid. */
      allowed: ReadonlyMap<string, Readonly<{ allTracks: boolean; trackSids: ReadonlySet<string> }>>
    }>

/** Whether the publisher's rule lets this subscriber receive the track. */
export function allowsSubscriber(
  rule: SubscriptionRule,
  subscriber: Readonly<{ identity: string; sid: string }>,
  track: Pick<Track, 'sid'>,
): boolean {
  if (rule.everybody) return true
  return [rule.allowed.get(subscriber.identity), rule.allowed.get(subscriber.sid)].some(
    (entry) => entry !== undefined && (entry.allTracks || entry.trackSids.has(track.sid)),
  )
}
