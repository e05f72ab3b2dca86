import type { ProducerMedia } from '../media/media-plane.ts'
import type { Participant } from './participant.ts'
import { createSessionId } from './session-id.ts'

/** Where a track's media comes from. */
export type TrackSource = 'camera' | 'microphone' | 'screen_share' | 'screen_share_audio' | 'other'

/** One quality of a video track, as its publisher announced it. Sizes in pixels, rates in bits per second. */
export type TrackLayer = Readonly<{
  quality: 'low' | 'medium' | 'high'
  width: number
  height: number
  bitsPerSecond: number
  ssrc: number
  spatialLayer: number
  rid: string
}>

/** What a publisher says of a track before its media comes. */
export type TrackDescription = Readonly<{
  kind: 'audio' | 'video'
  source: TrackSource
  name: string
  /** The client's own id of the track. */
  clientId: string
  muted: boolean
  width: number
  height: number
  layers: readonly TrackLayer[]
  disableDtx: boolean
  stereo: boolean
  disableRed: boolean
  encryption: 'none' | 'gcm' | 'custom'
  /** Tracks of one stream belong together. */
  stream: string
  /** Numbers of the protocol's audio features; carried, not understood. */
  audioFeatures: readonly number[]
}>

/**
 * A track of a participant: announced first, published once its media is produced, then listed to others
 * until it ends.
 */
export class Track {
  readonly sid = createSessionId('TR')
  readonly participant: Participant
  readonly description: TrackDescription
  muted: boolean
  width: number
  height: number
  audioFeatures: readonly number[]
  /** The m-section it is sent in and its codec; empty until it is published. */
  mid = ''
  mimeType = ''
  simulcast = false
  publishedAtMs: number | undefined
  #producer: ProducerMedia | undefined
  #ended = false

  constructor(participant: Participant, description: TrackDescription) {
    this.participant = participant
    this.description = description
    this.muted = description.muted
    this.width = description.width
    this.height = description.height
    this.audioFeatures = description.audioFeatures
  }

  /** Its media in the room; `undefined` until published. */
  get producer(): ProducerMedia | undefined {
    return this.#producer
  }

  get published(): boolean {
    return this.#producer !== undefined && !this.#ended
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Attaches its media; from here on it counts as published. */
  start(producer: ProducerMedia, nowMs: number): void {
    this.#producer = producer
    this.publishedAtMs = nowMs
  }

  /** Ends the track and its media; the second call does nothing. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#producer?.close()
  }
}
