import type { types } from 'mediasoup'
import type { ConsumerMedia } from '../media/media-plane.ts'
import type { Participant } from './participant.ts'
import { allowsSubscriber, type SubscriptionRule } from './permissions.ts'
import type { Room } from './room.ts'
import { shouldReceive } from './subscriptions.ts'
import type { Track } from './track.ts'

/** The tracks that a participant should receive, oldest first. */
export function tracksFor(room: Room, subscriber: Participant): Track[] {
  if (subscriber.gone) return []
  return allTracks(room).filter((track) => shouldReceive(subscriber, track))
}

/** Everybody's published tracks by sid. */
export function trackBySid(room: Room, trackSid: string): Track | undefined {
  return allTracks(room).find((track) => track.sid === trackSid)
}

/** Everybody's published tracks, by sid. */
export function tracksBySid(room: Room): ReadonlyMap<string, Track> {
  return new Map(allTracks(room).map((track) => [track.sid, track]))
}

/** The sids among these that name a published track, each once. */
export function knownTrackSids(room: Room, trackSids: readonly string[]): string[] {
  const known = new Set(allTracks(room).map((track) => track.sid))
  return [...new Set(trackSids)].filter((sid) => known.has(sid))
}

/** Asks for tracks or declines them; returns the sids that name no track. */
export function askForTracks(
  room: Room,
  subscriber: Participant,
  request: Readonly<{ trackSids: Iterable<string>; wanted: boolean }>,
): string[] {
  const known = new Set(allTracks(room).map((track) => track.sid))
  const unknown: string[] = []
  for (const sid of request.trackSids) {
    if (known.has(sid)) subscriber.subscriptions.ask(sid, request.wanted)
    else unknown.push(sid)
  }
  subscriber.door.subscriptionsChanged()
  return unknown
}

/** Each change of a rule may be told to everybody for every track, so not more often than this. */
const ruleToldEveryMs = 500

/** Sets whom a publisher lets receive its tracks, and tells those for whom that changes something, soon. */
export function setSubscriptionRule(
  room: Room,
  publisher: Participant,
  rule: SubscriptionRule,
): void {
  publisher.subscriptionRule = rule
  for (const subscriber of room.participants.values()) {
    if (subscriber !== publisher) subscriber.door.subscriptionsChanged()
  }
  const { ruleTold } = publisher
  if (ruleTold.again) return
  const waitMs = ruleTold.atMs + ruleToldEveryMs - room.clock.nowMs()
  if (waitMs <= 0) {
    tellRule(room, publisher)
    return
  }
  ruleTold.again = true
  room.clock.after(waitMs, () => {
    ruleTold.again = false
    if (!publisher.gone) tellRule(room, publisher)
  })
}

function tellRule(room: Room, publisher: Participant): void {
  const { subscriptionRule: rule, ruleTold } = publisher
  const before = ruleTold.rule
  ruleTold.rule = rule
  ruleTold.atMs = room.clock.nowMs()
  for (const subscriber of room.participants.values()) {
    if (subscriber === publisher) continue
    for (const track of publisher.publishedTracks()) {
      const allowed = allowsSubscriber(rule, subscriber, track)
      if (allowed === allowsSubscriber(before, subscriber, track)) continue
      subscriber.door.subscriptionPermissionChanged(track, allowed)
    }
  }
}

/** How a subscriber will receive a track. */
export type ReceiveOptions = Readonly<{ capabilities: types.RtpCapabilities; mid: string }>

/** Opens a consumer of the track, paused. `undefined`: meanwhile one of the two is gone, or it failed. */
export async function receiveTrack(
  room: Room,
  subscriber: Participant,
  request: Readonly<{ track: Track; options: ReceiveOptions }>,
): Promise<ConsumerMedia | undefined> {
  const { track, options } = request
  const { producer } = track
  if (producer === undefined || subscriber.gone) return undefined
  try {
    const consumer = await subscriber.media.receive.consume({
      producerId: producer.id,
      rtpCapabilities: options.capabilities,
      mid: options.mid,
    })
    if (subscriber.gone || !shouldReceive(subscriber, track)) {
      consumer.close()
      return undefined
    }
    keepConsumer(subscriber, track, consumer)
    return consumer
  } catch (error) {
    if (!subscriber.gone && track.published) {
      room.log.warn({ track: track.sid, err: error }, 'track cannot be forwarded')
    }
    return undefined
  }
}

/** Stops receiving a track. */
export function stopReceiving(subscriber: Participant, trackSid: string): void {
  subscriber.consumers.get(trackSid)?.close()
  subscriber.consumers.delete(trackSid)
}

function keepConsumer(subscriber: Participant, track: Track, consumer: ConsumerMedia): void {
  subscriber.consumers.set(track.sid, consumer)
  let flowing = true
  consumer.onEvent((event) => {
    if (subscriber.gone || event.type !== 'layersChanged' || track.muted) return
    if (flowing === (event.layers !== undefined)) return
    flowing = event.layers !== undefined
    subscriber.door.streamPaused(track, !flowing)
  })
}

function allTracks(room: Room): Track[] {
  return [...room.participants.values()].flatMap((participant) => participant.publishedTracks())
}
