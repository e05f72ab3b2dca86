import type { ConsumerMedia, TransportMedia, TransportStats } from '../media/media-plane.ts'
import type { ConnectionQuality, DepartureReason, ParticipantDoor } from './participant-door.ts'
import type { Permissions, SubscriptionRule } from './permissions.ts'
import { createSessionId } from './session-id.ts'
import { Subscriptions } from './subscriptions.ts'
import type { Track } from './track.ts'

/** Who somebody is for the others: a person, or a program of a certain kind. */
export type ParticipantKind =
  | 'standard'
  | 'ingress'
  | 'egress'
  | 'sip'
  | 'agent'
  | 'connector'
  | 'bridge'

/** `joined`: in the room, media on its way; `active`: media flows; `disconnected`: gone for good. */
export type ParticipantState = 'joined' | 'active' | 'disconnected'

/** What a front door knows of somebody who joins. */
export type ParticipantOptions = Readonly<{
  identity: string
  name: string
  kind: ParticipantKind
  metadata: string
  attributes: ReadonlyMap<string, string>
  permissions: Permissions
  /** Receive every track without asking for it. */
  autoSubscribe: boolean
  /** A number of the client's protocol that other clients want to see; carried, not understood. */
  clientProtocol: number
  /** The client's software, as it names itself; `undefined` when it does not. */
  client?: string | undefined
  /** Makes the participant's way to its client. */
  createDoor: (participant: Participant) => ParticipantDoor
}>

/** Both directions of a participant's media. */
export type ParticipantMedia = Readonly<{ send: TransportMedia; receive: TransportMedia }>

/** One session of somebody in a room. State only: the room changes it and tells the others. */
export class Participant {
  readonly sid = createSessionId('PA')
  readonly identity: string
  readonly kind: ParticipantKind
  readonly clientProtocol: number
  readonly client: string | undefined
  readonly joinedAtMs: number
  readonly door: ParticipantDoor
  readonly media: ParticipantMedia
  readonly subscriptions: Subscriptions
  /** Announced and published tracks by sid. */
  readonly tracks = new Map<string, Track>()
  /** What it receives, by track sid. */
  readonly consumers = new Map<string, ConsumerMedia>()
  name: string
  metadata: string
  attributes: Map<string, string>
  permissions: Permissions
  subscriptionRule: SubscriptionRule = { everybody: true }
  /** The rule that the others were told of, when, and whether they will be again. */
  readonly ruleTold = { rule: this.subscriptionRule, atMs: Number.NEGATIVE_INFINITY, again: false }
  state: ParticipantState = 'joined'
  /** Rises with every change that others see. */
  version = 1
  departureReason: DepartureReason | undefined
  /** How its media travels, as last seen. */
  path: TransportStats['tuple']
  /** Calls off its end for want of media. */
  cancelJoinDeadline: () => void = () => undefined
  /** False between the loss of its media path and its return. */
  mediaConnected = false
  /** When its media first flowed, and when that, or its signal connection, was lost; `undefined` while it is there. */
  connectedAtMs: number | undefined
  mediaLostAtMs: number | undefined
  signalLostAtMs: number | undefined
  /** How well its media travels, as last judged. */
  quality: ConnectionQuality['quality'] | undefined

  constructor(options: ParticipantOptions, media: ParticipantMedia, nowMs: number) {
    this.identity = options.identity
    this.kind = options.kind
    this.clientProtocol = options.clientProtocol
    this.client = options.client
    this.media = media
    this.joinedAtMs = nowMs
    this.subscriptions = new Subscriptions(options.autoSubscribe)
    this.name = options.name
    this.metadata = options.metadata
    this.attributes = new Map(options.attributes)
    this.permissions = options.permissions
    this.door = options.createDoor(this)
  }

  get gone(): boolean {
    return this.state === 'disconnected'
  }

  get publishes(): boolean {
    for (const track of this.tracks.values()) if (track.published) return true
    return false
  }

  publishedTracks(): Track[] {
    return [...this.tracks.values()].filter((track) => track.published)
  }
}
