import { batch, type ReadonlySignal, signal } from '@preact/signals'
import { DisconnectReason, type LocalTrack, type Room, RoomEvent } from 'livekit-client'
import { Admission } from './admission.ts'
import { Chat } from './chat.ts'
import type { Devices } from './devices.ts'
import { MediaWatch } from './media-watch.ts'
import type { Microphone } from './microphone.ts'
import type { Person, Phase, Problem } from './model.ts'
import { type ConnectionStats, readStats } from './peer-connections.ts'
import { announceChanges } from './people.ts'
import { connectProblem, disconnectProblem } from './problems.ts'
import { readPeople } from './room-people.ts'
import { SelfControls } from './self-controls.ts'

/** What a session needs from outside. */
export type SessionOptions = Readonly<{
  room: Room
  devices: Devices
  microphone: Microphone
  roomName: string
  signalUrl: string
  /** The token of the join link, if there was one: a person's own, or an invite for anybody. */
  token: string | undefined
  /** Forces every packet through TURN. */
  relay: boolean
  fetchJson: typeof fetch
  now: () => number
  /** Receives the line `rtc connected` each time media is up. */
  log: (line: string) => void
}>

/** How someone wants to join. */
export type JoinOptions = Readonly<{ name: string; muted: boolean }>

/** Something that happened, for the eye and for screen readers; `serial` tells repeats apart. */
export type Announcement = Readonly<{ serial: number; text: string }>

/** Events after which the room is read again. */
const READ_AGAIN = [
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.ParticipantNameChanged,
  RoomEvent.ParticipantAttributesChanged,
  RoomEvent.ParticipantPermissionsChanged,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.ActiveSpeakersChanged,
  RoomEvent.ConnectionQualityChanged,
] as const

/** One visit to one call: what is shown as signals, what can be done as methods. Knows no DOM. */
export class CallSession {
  readonly room: Room
  readonly roomName: string
  readonly chat: Chat
  readonly devices: Devices
  readonly microphone: Microphone
  readonly controls: SelfControls
  readonly media: MediaWatch
  readonly #phase = signal<Phase>('prejoin')
  readonly #problem = signal<Problem | undefined>(undefined)
  readonly #people = signal<readonly Person[]>([])
  readonly #audioBlocked = signal(false)
  readonly #announcement = signal<Announcement>({ serial: 0, text: '' })
  readonly #options: SessionOptions
  readonly #admission: Admission
  #join: JoinOptions = { name: '', muted: false }
  #attempt = 0
  #serverReached = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.room = options.room
    this.roomName = options.roomName
    this.devices = options.devices
    this.microphone = options.microphone
    this.#admission = new Admission(options)
    const tell = (sentence: string) => this.#announce([sentence])
    this.chat = new Chat(options.room, { now: options.now, tell })
    this.media = new MediaWatch(options.room, options.log)
    this.controls = new SelfControls(options.room, options.devices, {
      now: options.now,
      tell,
    })
    this.#follow()
  }

  get phase(): ReadonlySignal<Phase> {
    return this.#phase
  }

  /** Why the phase is `failed`. */
  get problem(): ReadonlySignal<Problem | undefined> {
    return this.#problem
  }

  /** Everyone in the call, oneself first. */
  get people(): ReadonlySignal<readonly Person[]> {
    return this.#people
  }

  /** Whether the browser keeps quiet until the person clicks. */
  get audioBlocked(): ReadonlySignal<boolean> {
    return this.#audioBlocked
  }

  get announcement(): ReadonlySignal<Announcement> {
    return this.#announcement
  }

  /** Joins the call. Ends in the phase `connected`, or `failed` with a problem; never rejects. */
  async join(options: JoinOptions): Promise<void> {
    if (this.#phase.value === 'connecting' || this.#phase.value === 'connected') return
    this.#join = options
    const attempt = ++this.#attempt
    this.#enter('connecting')
    if (!options.muted) await this.microphone.settle()
    const access = await this.#admission.ask(options.name)
    if (attempt !== this.#attempt) return
    if (!access.ok) {
      this.#fail(access.problem)
      return
    }
    const track = this.microphone.release()
    try {
      await this.#connect(access.token)
    } catch (error) {
      track?.stop()
      if (attempt === this.#attempt) this.#fail(this.#problemOf(error))
      return
    }
    if (attempt !== this.#attempt) {
      track?.stop()
      return
    }
    this.#enter('connected')
    await this.#settle(track)
  }

  /** Joins again as before. */
  async rejoin(): Promise<void> {
    await this.join(this.#join)
  }

  /** Returns to the page before the call, also out of an attempt to connect. */
  async backToStart(): Promise<void> {
    this.#attempt += 1
    this.#enter('prejoin')
    await this.room.disconnect()
  }

  /** Leaves the call. */
  async leave(): Promise<void> {
    this.#attempt += 1
    this.#enter('left')
    await this.room.disconnect()
  }

  /** Lets the browser play sound; must be called from a click. */
  async hearEveryone(): Promise<void> {
    await this.room.startAudio()
  }

  /** WebRTC statistics of both connections, for support. */
  async stats(): Promise<ConnectionStats> {
    return await readStats(this.room)
  }

  async #connect(token: string): Promise<void> {
    this.#serverReached = false
    this.media.expect()
    const speaker = this.devices.outputId.value
    if (speaker !== undefined) await this.controls.chooseSpeaker(speaker)
    await this.room.connect(this.#options.signalUrl, token, {
      rtcConfig: this.#options.relay ? { iceTransportPolicy: 'relay' } : {},
    })
  }

  /** What follows once connected: name and microphone. A failure of either leaves the call standing. */
  async #settle(track: LocalTrack | undefined): Promise<void> {
    this.#read()
    const self = this.room.localParticipant
    if (track !== undefined && this.controls.abilities.value.talk) {
      await this.controls.publishMicrophone(track, this.#join.muted).catch(() => {
        track.stop()
        this.#announce(['Your microphone did not start. Press Unmute to try again.'])
      })
    } else track?.stop()
    const blocked = this.#join.muted ? undefined : this.microphone.problem.value
    if (track === undefined && blocked !== undefined) {
      this.#announce(['You joined to listen', blocked.title])
    }
    const name = this.#join.name
    if (name !== '' && name !== self.name && self.permissions?.canUpdateMetadata) {
      await self.setName(name).catch(() => {
        this.#announce([`The server kept your name as ${self.name ?? self.identity}.`])
      })
    }
  }

  #follow(): void {
    const { room } = this
    for (const event of READ_AGAIN) room.on(event, () => this.#read())
    room.on(RoomEvent.SignalConnected, () => {
      this.#serverReached = true
    })
    room.on(RoomEvent.Connected, () => void this.media.look())
    room.on(RoomEvent.Reconnecting, () => this.#holdOn())
    room.on(RoomEvent.SignalReconnecting, () => this.#holdOn())
    room.on(RoomEvent.Reconnected, () => this.#resume())
    room.on(RoomEvent.AudioPlaybackStatusChanged, () => {
      this.#audioBlocked.value = !room.canPlaybackAudio
    })
    room.on(RoomEvent.Disconnected, (reason) => this.#dropped(reason))
  }

  #holdOn(): void {
    if (this.#phase.value !== 'connected') return
    this.#enter('reconnecting')
    this.media.expect()
  }

  #resume(): void {
    if (this.#phase.value !== 'reconnecting') return
    this.#enter('connected')
    this.#read()
    void this.media.look()
  }

  /** The room ended without being asked; failed attempts to join report through `join`. */
  #dropped(reason: DisconnectReason | undefined): void {
    const phase = this.#phase.value
    if (phase !== 'connected' && phase !== 'reconnecting') return
    this.#attempt += 1
    // The client library leaves by itself when the page is put away.
    if (reason === DisconnectReason.CLIENT_INITIATED) this.#enter('left')
    else this.#fail(disconnectProblem(reason))
  }

  #problemOf(error: unknown): Problem {
    return connectProblem(error, {
      serverReached: this.#serverReached,
      mediaPorts: this.media.ports,
      relayForced: this.#options.relay,
    })
  }

  #fail(problem: Problem): void {
    this.#problem.value = problem
    this.#enter('failed')
  }

  #enter(phase: Phase): void {
    batch(() => {
      this.#phase.value = phase
      if (phase !== 'failed') this.#problem.value = undefined
      if (phase === 'connected' || phase === 'connecting' || phase === 'reconnecting') return
      this.#people.value = []
      this.#audioBlocked.value = false
      this.media.stop()
      this.microphone.close()
    })
  }

  #read(): void {
    if (this.#phase.value !== 'connected' && this.#phase.value !== 'reconnecting') return
    const before = this.#people.value
    const after = readPeople(this.room)
    batch(() => {
      this.#people.value = after
      this.controls.refresh()
      if (before.length > 0) this.#announce(announceChanges(before, after))
    })
  }

  #announce(sentences: readonly string[]): void {
    if (sentences.length === 0) return
    const { serial } = this.#announcement.value
    const text = sentences.map((sentence) => sentence.replace(/(?<![.!?…])$/, '.')).join(' ')
    this.#announcement.value = { serial: serial + 1, text }
  }
}

/** What the views see of a session: everything public, so that a stand-in can play its part. */
export type Call = Pick<CallSession, keyof CallSession>
