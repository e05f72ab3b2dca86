import { type AddTrackRequest, SessionDescription, TrackPublishedResponse } from '@livekit/protocol'
import type { types } from 'mediasoup'
import { fault, type Result } from '../room/ambient.ts'
import type { Participant } from '../room/participant.ts'
import {
  announceTrack,
  type PublishFault,
  publishTrack,
  unpublishTrack,
} from '../room/publishing.ts'
import type { Room } from '../room/room.ts'
import type { Track } from '../room/track.ts'
import { encodeAnswer } from '../sdp/encode-answer.ts'
import { parseOffer } from '../sdp/parse-description.ts'
import { rtpParametersFor } from '../sdp/rtp-parameters.ts'
import type { RemoteDescription, RemoteSection, SectionAnswer } from '../sdp/types.ts'
import { clientLimits } from './limits.ts'
import { toTrackInfo } from './messages.ts'
import type { SignalLink } from './signal-link.ts'
import { toTrackDescription, wantedCodec } from './track-request.ts'

/** An announced track whose media has not come. */
type PendingTrack = Readonly<{ track: Track; codec: string | undefined }>

/** A section in which the client sends; without a track until one is announced for it. */
type SendingSection = {
  readonly section: RemoteSection
  readonly rtpParameters: types.RtpParameters
  track: Track | undefined
}

/** The client's publisher connection: it offers, we answer. Called in the room's queue only. */
export class Publisher {
  readonly #room: Room
  readonly #participant: Participant
  readonly #link: SignalLink
  readonly #pending: PendingTrack[] = []
  readonly #sending = new Map<string, SendingSection>()
  #iceUfrag: string | undefined
  #version = 0

  constructor(room: Room, participant: Participant, link: SignalLink) {
    this.#room = room
    this.#participant = participant
    this.#link = link
  }

  /** Takes up an announced track and tells the client its sid. Its media may have come before. */
  async addTrack(
    request: AddTrackRequest,
  ): Promise<Result<undefined, PublishFault | 'unsupported'>> {
    const description = toTrackDescription(request)
    // A sid asks for a second codec of a track; none is ever requested of clients.
    if (description === undefined || request.sid !== '') return fault('unsupported')
    this.#dropPending(request.cid)
    if (this.#pending.length >= clientLimits.pendingTracks) return fault('limitExceeded')
    const announced = announceTrack(this.#room, this.#participant, description)
    if (!announced.ok) return announced
    const pending = { track: announced.value, codec: wantedCodec(request) }
    this.#pending.push(pending)
    const track = toTrackInfo(announced.value)
    this.#link.send({
      case: 'trackPublished',
      value: new TrackPublishedResponse({ cid: request.cid, track }),
    })
    await this.#produceWaiting()
    return { ok: true, value: undefined }
  }

  /** Whether the client publishes, or is about to publish, a track of that sid. */
  knows(trackSid: string): boolean {
    return this.#participant.tracks.has(trackSid)
  }

  /** Takes an offer and answers it under its own id. */
  async handleOffer(offer: SessionDescription): Promise<void> {
    const parsed = parseOffer(offer.sdp)
    if (!parsed.ok) {
      this.#room.log.debug({ participant: this.#participant.sid, fault: parsed.fault }, 'bad offer')
      // Who shared a screen very often has outgrown its connection, and goes on with a fresh one.
      this.#link.end(parsed.fault.code === 'tooLarge' ? 'stateMismatch' : 'joinFailure')
      return
    }
    if (!(await this.#connect(parsed.value))) return
    this.#endMissing(parsed.value)
    const answers = new Map<string, SectionAnswer>()
    for (const section of parsed.value.sections) {
      answers.set(section.mid, await this.#answerSection(section))
      if (this.#participant.gone) return
    }
    this.#version += 1
    const sdp = encodeAnswer({
      offer: parsed.value,
      transport: this.#participant.media.send.description,
      answers,
      version: this.#version,
    })
    this.#link.send({
      case: 'answer',
      value: new SessionDescription({ type: 'answer', sdp, id: offer.id }),
    })
  }

  async #connect(offer: RemoteDescription): Promise<boolean> {
    const { send } = this.#participant.media
    const before = this.#iceUfrag
    this.#iceUfrag = offer.iceUfrag
    try {
      if (before === undefined) {
        const { role, fingerprints } = offer.dtlsParameters
        // Our answer takes the passive side, so the client will be the DTLS client (RFC 8842 §5.3).
        await send.connect({ role: role === 'server' ? 'server' : 'client', fingerprints })
      } else if (before !== offer.iceUfrag) {
        await send.restartIce()
      }
      return !this.#participant.gone
    } catch (error) {
      if (this.#participant.gone) return false
      this.#room.log.debug({ participant: this.#participant.sid, err: error }, 'offer refused')
      this.#link.end('mediaFailure')
      return false
    }
  }

  async #answerSection(section: RemoteSection): Promise<SectionAnswer> {
    if (section.kind === 'application') return { accept: 'data' }
    const known = this.#sending.get(section.mid)
    const sends = section.direction === 'sendonly' || section.direction === 'sendrecv'
    if (known !== undefined && sends && isSameMedia(known.section, section)) return accepted(known)
    if (known !== undefined) this.#end(known)
    if (!sends) return { accept: 'inactive' }
    return this.#startSection(section)
  }

  async #startSection(section: RemoteSection): Promise<SectionAnswer> {
    const pending = this.#pendingFor(section)
    const rtp = rtpParametersFor(section, {
      cname: this.#participant.sid,
      codec: pending?.codec,
      routerCapabilities: this.#room.capabilities,
      ...scalabilityFor(pending),
    })
    if (!rtp.ok) {
      this.#room.log.debug({ participant: this.#participant.sid, fault: rtp.fault }, 'bad section')
      if (pending !== undefined) this.#drop(pending)
      return { accept: 'inactive' }
    }
    const sending: SendingSection = { section, rtpParameters: rtp.value, track: undefined }
    this.#sending.set(section.mid, sending)
    if (pending !== undefined && !(await this.#produce(sending, pending))) {
      return { accept: 'inactive' }
    }
    return accepted(sending)
  }

  /** Gives sections that came before their announcement the tracks announced since. */
  async #produceWaiting(): Promise<void> {
    for (const sending of [...this.#sending.values()]) {
      if (sending.track !== undefined) continue
      const pending = this.#pendingFor(sending.section)
      if (pending !== undefined) await this.#produce(sending, pending)
    }
  }

  async #produce(sending: SendingSection, pending: PendingTrack): Promise<boolean> {
    this.#forget(pending)
    const { track } = pending
    sending.track = track
    const { rtpParameters, section } = sending
    const published = await publishTrack(this.#room, track, { rtpParameters, mid: section.mid })
    if (published.ok) return true
    this.#sending.delete(section.mid)
    return false
  }

  /** The announced track of a section: by its id, by its stream's id, or the only one of its kind. */
  #pendingFor(section: RemoteSection): PendingTrack | undefined {
    for (const pending of this.#pending.filter(({ track }) => track.ended)) this.#forget(pending)
    const ofKind = this.#pending.filter(({ track }) => track.description.kind === section.kind)
    const byId = (id: string | undefined) =>
      ofKind.find(({ track }) => id !== undefined && track.description.clientId === id)
    return (
      byId(section.trackId) ??
      byId(section.streamId) ??
      (ofKind.length === 1 ? ofKind[0] : undefined)
    )
  }

  /** Descriptions only grow (RFC 9429 §5.2.2): a client that takes sections away ends what it sent in them. */
  #endMissing({ sections }: RemoteDescription): void {
    const mids = new Set(sections.map(({ mid }) => mid))
    for (const sending of [...this.#sending.values()]) {
      if (!mids.has(sending.section.mid)) this.#end(sending)
    }
  }

  #end(sending: SendingSection): void {
    this.#sending.delete(sending.section.mid)
    if (sending.track !== undefined) unpublishTrack(this.#room, sending.track)
  }

  /** A client that announces a track again has given up its first try. */
  #dropPending(clientId: string): void {
    const repeated = this.#pending.filter(({ track }) => track.description.clientId === clientId)
    for (const pending of repeated) this.#drop(pending)
  }

  #drop(pending: PendingTrack): void {
    this.#forget(pending)
    unpublishTrack(this.#room, pending.track)
  }

  #forget(pending: PendingTrack): void {
    const index = this.#pending.indexOf(pending)
    if (index >= 0) this.#pending.splice(index, 1)
  }
}

function accepted({ rtpParameters, track }: SendingSection): SectionAnswer {
  const opus = {
    dtx: track?.description.disableDtx !== true,
    stereo: track?.description.stereo === true,
  }
  return { accept: 'receive', rtpParameters, opus }
}

function isSameMedia(before: RemoteSection, after: RemoteSection): boolean {
  return before.trackId === after.trackId && before.streamId === after.streamId
}

/** Layers of an SVC stream are in no description: these are what clients send by default. */
function scalabilityFor(pending: PendingTrack | undefined): { scalabilityMode?: string } {
  if (pending === undefined || !/\/(VP9|AV1)$/i.test(pending.codec ?? '')) return {}
  const { source } = pending.track.description
  return { scalabilityMode: source === 'screen_share' ? 'L1T3' : 'L3T3_KEY' }
}
