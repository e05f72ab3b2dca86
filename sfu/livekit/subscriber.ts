import {
  SessionDescription as Description,
  type SessionDescription,
  SubscriptionError,
  SubscriptionResponse,
} from '@livekit/protocol'
import type { types } from 'mediasoup'
import type { ConsumerMedia } from '../media/media-plane.ts'
import type { Participant } from '../room/participant.ts'
import { receiveTrack, stopReceiving, trackBySid, tracksFor } from '../room/receiving.ts'
import type { Room } from '../room/room.ts'
import type { Track } from '../room/track.ts'
import { encodeOffer } from '../sdp/encode-offer.ts'
import { parseAnswer } from '../sdp/parse-description.ts'
import { receiveCapabilities } from '../sdp/rtp-parameters.ts'
import type { OfferSlot, RemoteDescription } from '../sdp/types.ts'
import { signalTimes } from './limits.ts'
import type { SignalLink } from './signal-link.ts'
import { fullQuality, layersFor, type TrackSettings } from './track-settings.ts'

/**
 * A section of the subscriber connection. It stays; what is sent in it changes. A browser tells of a new track
 * only in a section that was idle before, so the client must have answered that it is.
 */
type Slot = {
  idle: boolean
  readonly mid: string
  readonly kind: 'audio' | 'video'
  sending:
    | { readonly track: Track; readonly consumer: ConsumerMedia; answered: boolean }
    | undefined
}

/** The data channels' section; its mid must differ from every slot's. */
const dataMid = '0'

/**
 * The client's subscriber connection: we offer, it answers, one offer at a time. What should be received is
 * compared with what is offered whenever something changed, so changes during an offer make one more offer.
 * Called in the room's queue only, but for `requestSync` and `close`.
 */
export class Subscriber {
  readonly #room: Room
  readonly #participant: Participant
  readonly #link: SignalLink
  readonly #capabilities: types.RtpCapabilities
  readonly #slots: Slot[] = []
  readonly #settings = new Map<string, TrackSettings>()
  /** Tracks that the client cannot decode. */
  readonly #undecodable = new Set<string>()
  #offerId = 0
  #awaitedId: number | undefined
  #connected = false
  #started = false
  #syncRequested = false
  #cancelTimeout: () => void = () => undefined

  constructor(room: Room, participant: Participant, link: SignalLink) {
    this.#room = room
    this.#participant = participant
    this.#link = link
    this.#capabilities = receiveCapabilities([], room.capabilities)
  }

  /** Sends the first offer: the data channels and whatever there is to receive. */
  async start(): Promise<void> {
    this.#started = true
    await this.#sync(true)
  }

  /** Looks, soon, whether what should be received has changed. */
  requestSync(): void {
    if (this.#syncRequested || !this.#started) return
    this.#syncRequested = true
    this.#link.run(() => this.#sync(false))
  }

  /** New ICE credentials, offered at once; an unanswered offer before it is void. */
  async restartIce(): Promise<void> {
    this.#awaitedId = undefined
    await this.#participant.media.receive.restartIce()
    if (this.#participant.gone) return
    await this.#sync(true)
  }

  /** Takes the answer to the offer under way; an older one is ignored. Clients without ids send 0. */
  async handleAnswer(answer: SessionDescription): Promise<void> {
    if (this.#awaitedId === undefined || (answer.id !== 0 && answer.id !== this.#awaitedId)) return
    const parsed = parseAnswer(answer.sdp)
    if (!parsed.ok) {
      this.#room.log.debug(
        { participant: this.#participant.sid, fault: parsed.fault },
        'bad answer',
      )
      this.#link.end('joinFailure')
      return
    }
    this.#awaitedId = undefined
    this.#cancelTimeout()
    if (!(await this.#connect(parsed.value))) return
    await this.#startAnswered(parsed.value)
    if (!this.#participant.gone) await this.#sync(false)
  }

  /** Remembers how the client shows a published track and applies it, now or when it is received. */
  async set(trackSid: string, settings: TrackSettings): Promise<void> {
    this.#settings.set(trackSid, settings)
    const sending = this.#slots.find((slot) => slot.sending?.track.sid === trackSid)?.sending
    if (sending?.answered) await this.#apply(sending)
  }

  /** Stops a track for now, keeping what else the client chose for it. */
  disable(trackSid: string): Promise<void> {
    const before = this.#settings.get(trackSid) ?? fullQuality
    return this.set(trackSid, { ...before, disabled: true })
  }

  /** Stops its timer; the transport is closed by the room. */
  close(): void {
    this.#cancelTimeout()
  }

  async #connect(answer: RemoteDescription): Promise<boolean> {
    if (this.#connected) return true
    this.#connected = true
    try {
      await this.#participant.media.receive.connect(answer.dtlsParameters)
      return !this.#participant.gone
    } catch (error) {
      if (this.#participant.gone) return false
      this.#room.log.debug({ participant: this.#participant.sid, err: error }, 'answer refused')
      this.#link.end('mediaFailure')
      return false
    }
  }

  async #startAnswered(answer: RemoteDescription): Promise<void> {
    const active = new Map(answer.sections.map((section) => [section.mid, section.direction]))
    for (const slot of this.#slots) {
      const { sending } = slot
      slot.idle = sending === undefined
      if (sending === undefined || sending.answered) continue
      if ((active.get(slot.mid) ?? 'inactive') === 'inactive') {
        this.#refuse(sending.track)
        stopReceiving(this.#participant, sending.track.sid)
        slot.sending = undefined
        continue
      }
      sending.answered = true
      await this.#apply(sending)
      if (this.#participant.gone) return
    }
  }

  async #apply({ track, consumer }: NonNullable<Slot['sending']>): Promise<void> {
    const settings = this.#settings.get(track.sid)
    try {
      if (consumer.closed) return
      if (settings?.disabled) {
        await consumer.pause()
        return
      }
      if (settings !== undefined && consumer.kind === 'video') {
        await consumer.preferLayers(layersFor(track, settings))
      }
      if (!consumer.closed) await consumer.resume()
    } catch (error) {
      if (!consumer.closed) throw error
    }
  }

  async #sync(offerAnyway: boolean): Promise<void> {
    this.#syncRequested = false
    if (this.#awaitedId !== undefined || this.#participant.gone) return
    const wanted = tracksFor(this.#room, this.#participant)
    const ended = this.#clearSlots(new Set(wanted))
    const started = await this.#fillSlots(wanted)
    if (this.#participant.gone) return
    this.#forgetEnded()
    if (offerAnyway || ended || started) this.#offer()
  }

  #clearSlots(wanted: ReadonlySet<Track>): boolean {
    let changed = false
    for (const slot of this.#slots) {
      const { sending } = slot
      if (sending === undefined) continue
      if (wanted.has(sending.track) && !sending.consumer.closed) continue
      stopReceiving(this.#participant, sending.track.sid)
      slot.sending = undefined
      changed = true
    }
    return changed
  }

  async #fillSlots(wanted: readonly Track[]): Promise<boolean> {
    let changed = false
    const offered = new Set(this.#slots.map((slot) => slot.sending?.track))
    for (const track of wanted) {
      if (offered.has(track) || this.#undecodable.has(track.sid) || !track.producer) continue
      if (!this.#room.media.canConsume(track.producer.id, this.#capabilities)) {
        this.#refuse(track)
        continue
      }
      const slot = this.#freeSlot(track.description.kind)
      const options = { capabilities: this.#capabilities, mid: slot.mid }
      const consumer = await receiveTrack(this.#room, this.#participant, { track, options })
      if (this.#participant.gone) return false
      if (consumer === undefined) continue
      slot.sending = { track, consumer, answered: false }
      slot.idle = false
      changed = true
    }
    return changed
  }

  #freeSlot(kind: 'audio' | 'video'): Slot {
    const free = this.#slots.find((slot) => slot.kind === kind && slot.idle)
    if (free !== undefined) return free
    const slot: Slot = {
      mid: String(this.#slots.length + 1),
      kind,
      sending: undefined,
      idle: true,
    }
    this.#slots.push(slot)
    return slot
  }

  #offer(): void {
    this.#offerId += 1
    this.#awaitedId = this.#offerId
    const sdp = encodeOffer({
      transport: this.#participant.media.receive.description,
      slots: this.#slots.map(toOfferSlot),
      version: this.#offerId,
      dataMid,
    })
    const midToTrackId: Record<string, string> = {}
    for (const { mid, sending } of this.#slots) {
      if (sending !== undefined) midToTrackId[mid] = sending.track.sid
    }
    const value = new Description({ type: 'offer', sdp, id: this.#offerId, midToTrackId })
    this.#link.send({ case: 'offer', value })
    this.#armTimeout()
  }

  #armTimeout(): void {
    this.#cancelTimeout()
    const id = this.#offerId
    this.#cancelTimeout = this.#room.clock.after(signalTimes.negotiationMs, () => {
      if (this.#awaitedId === id) this.#link.negotiationTimedOut()
    })
  }

  #refuse(track: Track): void {
    this.#undecodable.add(track.sid)
    const err = SubscriptionError.SE_CODEC_UNSUPPORTED
    const value = new SubscriptionResponse({ trackSid: track.sid, err })
    this.#link.send({ case: 'subscriptionResponse', value })
  }

  #forgetEnded(): void {
    for (const sid of [...this.#settings.keys(), ...this.#undecodable]) {
      if (trackBySid(this.#room, sid) !== undefined) continue
      this.#settings.delete(sid)
      this.#undecodable.delete(sid)
    }
  }
}

/**
 * The stream's id carries both sids: a browser keeps the old track id in a section that is used again, and
 * clients look at the stream's id first.
 */
function toOfferSlot({ mid, kind, sending }: Slot): OfferSlot {
  if (sending === undefined) return { mid, kind, sending: undefined }
  const { track, consumer } = sending
  const streamId = `${track.participant.sid}|${track.sid}`
  const { rtpParameters } = consumer
  return { mid, kind, sending: { rtpParameters, streamId, trackId: track.sid } }
}
