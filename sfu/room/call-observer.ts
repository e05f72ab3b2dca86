import { connectionQuality } from './connection-quality.ts'
import type { Participant } from './participant.ts'
import type { ConnectionQuality, Speaker } from './participant-door.ts'
import type { Room } from './room.ts'
import { Speakers } from './speakers.ts'
import { shouldReceive } from './subscriptions.ts'

type Quality = ConnectionQuality['quality']

/** Watches a room's media: who speaks and how well it travels. Each is told of those it receives only. */
export class CallObserver {
  readonly #room: Room
  readonly #speakers = new Speakers()
  /** What each participant was last told of the others' connections, by their sid. */
  readonly #told = new WeakMap<Participant, Map<string, Quality>>()
  #cancel: () => void = () => undefined

  constructor(room: Room) {
    this.#room = room
  }

  /** Judges connections at every interval until `stop`. */
  start(): void {
    this.#cancel = this.#room.clock.after(this.#room.limits.qualityIntervalMs, () => {
      this.#judge()
      this.start()
    })
  }

  stop(): void {
    this.#cancel()
  }

  /** Takes the levels of an interval, dBov by producer, and tells who began or stopped to speak. */
  hear(levels: readonly Readonly<{ producerId: string; dBov: number }>[]): void {
    const speakerOf = new Map<string, string>()
    for (const participant of this.#room.participants.values()) {
      for (const track of participant.publishedTracks()) {
        if (!track.muted && track.producer) speakerOf.set(track.producer.id, participant.sid)
      }
    }
    const heard = new Map<string, number>()
    for (const { producerId, dBov } of levels) {
      const sid = speakerOf.get(producerId)
      if (sid !== undefined) heard.set(sid, Math.max(dBov, heard.get(sid) ?? -127))
    }
    this.#tellSpeakers(this.#speakers.measure(heard))
  }

  /** Tells that somebody stopped speaking, because of a mute or a departure. */
  silence(participant: Participant): void {
    const change = this.#speakers.silence(participant.sid)
    if (change === undefined || (participant.gone && participant.permissions.hidden)) return
    this.#tellSpeakers([change])
  }

  #tellSpeakers(changes: readonly Speaker[]): void {
    if (changes.length === 0) return
    const { participants } = this.#room
    const bySid = new Map([...participants.values()].map((one) => [one.sid, one]))
    for (const listener of participants.values()) {
      const audible = changes.filter(({ active, participantSid }) => {
        const speaker = bySid.get(participantSid)
        if (speaker?.permissions.hidden) return speaker === listener
        return !active || (speaker !== undefined && hears(listener, speaker))
      })
      if (audible.length > 0) listener.door.speakersChanged(audible)
    }
  }

  #judge(): void {
    const { participants, clock } = this.#room
    const qualities = new Map<Participant, Quality>()
    for (const participant of participants.values()) {
      if (participant.state !== 'active') continue
      participant.quality = connectionQuality(participant, clock.nowMs())
      qualities.set(participant, participant.quality)
    }
    for (const listener of participants.values()) this.#tellQualities(listener, qualities)
  }

  #tellQualities(listener: Participant, qualities: ReadonlyMap<Participant, Quality>): void {
    const told = this.#told.get(listener) ?? new Map<string, Quality>()
    const changes: ConnectionQuality[] = []
    for (const [participant, quality] of qualities) {
      const participantSid = participant.sid
      if (told.get(participantSid) === quality || !hears(listener, participant)) continue
      told.set(participantSid, quality)
      changes.push({ participantSid, quality })
    }
    this.#told.set(listener, told)
    if (changes.length > 0) listener.door.qualityChanged(changes)
  }
}

/** Whether somebody receives anything of another, or is the other itself. */
function hears(listener: Participant, participant: Participant): boolean {
  return (
    listener === participant ||
    participant.publishedTracks().some((track) => shouldReceive(listener, track))
  )
}
