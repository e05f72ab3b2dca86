import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type LivekitKeys, signAccessToken, type VideoGrant } from './livekit/access-token.ts'
import { type Admit, admitEverybody } from './livekit/admission.ts'
import {
  answerRequest,
  corsHeaders,
  isOurs,
  parseAddress,
  signalPath,
} from './livekit/http-endpoints.ts'
import type { IceServer } from './livekit/join-response.ts'
import { LivekitDoor } from './livekit/livekit-door.ts'
import type { MediaPlane, MediaPlaneStats } from './media/media-plane.ts'
import type { MediaPorts } from './media/media-worker.ts'
import { createMediaPlane, type MediaPlaneOptions } from './media/mediasoup-plane.ts'
import { WebSocketServer } from './net/websocket-server.ts'
import type { Clock, Log } from './room/ambient.ts'
import type { Connects } from './room/connect-log.ts'
import { endForAdmin, muteForAdmin, removeForAdmin } from './room/host-actions.ts'
import { defaultRoomLimits, type Room } from './room/room.ts'
import { Rooms } from './room/rooms.ts'
import {
  type CallSnapshot,
  type RoomSnapshot,
  snapshotCall,
  snapshotEnded,
  snapshotRooms,
} from './snapshot.ts'

/** What an SFU is made with. */
export type SfuOptions = Readonly<{
  media: Omit<MediaPlaneOptions, 'log'>
  /** Secrets by API key; read at every use, so keys may come and go. */
  livekitKeys: LivekitKeys
  /** Participants in one room; 0 is no limit. */
  maxParticipants: number
  /** STUN and TURN servers, with credentials for this participant. */
  iceServers: (participantSid: string) => readonly IceServer[]
  serverVersion: string
  /** Asked before somebody joins or sends a picture; without it everybody may. */
  admit?: Admit
  log: Log
  /** Tests move it; the machine's by default. */
  clock?: Clock
}>

/** What a token for a client is made of. Absent rights are the protocol's defaults. */
export type TokenRequest = Readonly<{
  /** The API key to sign with; the first by default. */
  key?: string
  room: string
  identity: string
  name: string
  lifetimeSeconds: number
  metadata?: string
  attributes?: Readonly<Record<string, string>>
  grant?: VideoGrant
}>

/** Whether all media workers run. `serves`: not all of them do, and calls go on by the others. */
export type SfuHealth = Readonly<{ ok: boolean; detail: string; serves?: true }>

/** The selective forwarding unit: rooms, their media, and the front doors to them. */
export interface Sfu {
  readonly name: 'sfu'
  /** Starts the media workers; throws a `MediaError` that says what to change when it cannot. */
  start(): Promise<void>
  /** Lets nobody in any more and sends clients away, to come back to the next server. */
  drain(): void
  /** Drains, and closes the media; done at the latest when `deadline` aborts. */
  stop(deadline: AbortSignal): Promise<void>
  health(): SfuHealth
  /** Answers a request to one of the SFU's paths; false, and nothing done, for others. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean
  /** Takes an upgrade request to one of the SFU's paths; false, and nothing done, for others. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** The rooms that somebody is in. */
  rooms(): readonly RoomSnapshot[]
  workers(): MediaPlaneStats['workers']
  /** The running calls with all that is measured, which costs for each track that each receives. */
  calls(): readonly CallSnapshot[]
  /** The latest calls that ended, the latest first. */
  endedCalls(): readonly CallSnapshot[]
  /** How joinings came out in the last hour. */
  connects(): Connects
  /** Mutes a track; its publisher is told, and may unmute it. False when there is no such track. */
  muteTrack(room: string, trackSid: string): Promise<boolean>
  /** Takes somebody out of a call, who is told why. False when they are not in it. */
  removeParticipant(room: string, identity: string): Promise<boolean>
  /** Ends a call for everybody, who are told why. False when it does not run. */
  endRoom(room: string): Promise<boolean>
  /** The media ports of each worker, as bound. */
  listening(): readonly MediaPorts[]
  /** Signs an access token; throws when there is no such key. */
  createToken(request: TokenRequest): Promise<string>
}

const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Makes an SFU on mediasoup; nothing is opened before `start`. */
export function createSfu(options: SfuOptions): Sfu {
  const plane = createMediaPlane({ ...options.media, log: options.log })
  return createSfuOn(plane, options)
}

/** A media plane that can tell where it listens. */
export type ListeningPlane = MediaPlane & { listening(): readonly MediaPorts[] }

/** Makes an SFU on a given media plane. */
export function createSfuOn(plane: ListeningPlane, options: Omit<SfuOptions, 'media'>): Sfu {
  return new SfuOnPlane(plane, options)
}

class SfuOnPlane implements Sfu {
  readonly name = 'sfu'
  readonly #plane: ListeningPlane
  readonly #options: Omit<SfuOptions, 'media'>
  readonly #clock: Clock
  readonly #rooms: Rooms
  readonly #livekit: LivekitDoor
  readonly #webSockets: WebSocketServer
  #started = false

  constructor(plane: ListeningPlane, options: Omit<SfuOptions, 'media'>) {
    const { clock = systemClock, log, livekitKeys, iceServers, serverVersion } = options
    const { admit = admitEverybody } = options
    this.#plane = plane
    this.#options = options
    this.#clock = clock
    const limits = { ...defaultRoomLimits, maxParticipants: options.maxParticipants }
    this.#rooms = new Rooms({ plane, limits, clock, log })
    this.#livekit = new LivekitDoor({
      keys: livekitKeys,
      rooms: this.#rooms,
      iceServers,
      serverVersion,
      admit,
      clock,
      log,
    })
    this.#webSockets = new WebSocketServer({ clock, log, refusalHeaders: corsHeaders })
  }

  async start(): Promise<void> {
    await this.#plane.start()
    this.#started = true
  }

  drain(): void {
    this.#started = false
    this.#livekit.drain()
  }

  async stop(deadline: AbortSignal): Promise<void> {
    this.drain()
    this.#rooms.closeAll('serverShutdown')
    const closing = this.#plane.close().catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'the media plane did not close')
    })
    if (deadline.aborted) return
    const { promise: late, resolve } = Promise.withResolvers<void>()
    deadline.addEventListener('abort', () => resolve(), { once: true })
    await Promise.race([closing, late])
  }

  health(): SfuHealth {
    if (!this.#started) return { ok: false, detail: 'not started' }
    const { workers, deaths } = this.#plane.stats()
    const alive = workers.filter((worker) => worker.alive).length
    const died = deaths === 0 ? '' : `, ${deaths} died since the start`
    const ok = alive > 0 && alive === workers.length
    const detail = `${alive} of ${workers.length} media workers alive${died}`
    return { ok, detail, ...(ok || alive === 0 ? {} : { serves: true }) }
  }

  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const url = parseAddress(request)
    if (url === undefined || !isOurs(url)) return false
    answerRequest(this.#livekit, request, response).catch((error: unknown) => {
      this.#options.log.error({ err: error, path: url.pathname }, 'request failed')
      if (!response.headersSent) response.writeHead(500, corsHeaders)
      response.end()
    })
    return true
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const url = parseAddress(request)
    if (url === undefined || !isOurs(url)) return false
    if (url.pathname !== signalPath) {
      this.#webSockets.refuse(socket, 404, '404 page not found')
      return true
    }
    const raw = { request, socket, head }
    this.#webSockets.upgrade(this.#livekit, url, raw).catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'upgrade failed')
      socket.destroy()
    })
    return true
  }

  rooms(): readonly RoomSnapshot[] {
    return snapshotRooms(this.#rooms.all())
  }

  workers(): MediaPlaneStats['workers'] {
    return this.#plane.stats().workers
  }

  calls(): readonly CallSnapshot[] {
    const rooms = this.#rooms.all().filter(({ participants }) => participants.size > 0)
    return rooms.map(snapshotCall)
  }

  endedCalls(): readonly CallSnapshot[] {
    return this.#rooms.ended.map(snapshotEnded)
  }

  connects(): Connects {
    return this.#rooms.connects()
  }

  async muteTrack(room: string, trackSid: string): Promise<boolean> {
    return this.#inRoom(room, (found) => muteForAdmin(found, trackSid))
  }

  async removeParticipant(room: string, identity: string): Promise<boolean> {
    return this.#inRoom(room, (found) => removeForAdmin(found, identity))
  }

  async endRoom(room: string): Promise<boolean> {
    return this.#inRoom(room, endForAdmin)
  }

  async #inRoom(name: string, act: (room: Room) => Promise<boolean> | boolean): Promise<boolean> {
    const room = this.#rooms.find(name)
    return room === undefined ? false : room.run(() => act(room))
  }

  listening(): readonly MediaPorts[] {
    return this.#plane.listening()
  }

  async createToken(request: TokenRequest): Promise<string> {
    const keys = this.#options.livekitKeys
    const id = request.key ?? keys.keys().next().value ?? ''
    const secret = keys.get(id)
    if (secret === undefined) throw new Error(`there is no LiveKit API key named "${id}"`)
    const { room, identity, name, metadata, attributes, lifetimeSeconds } = request
    const grant = { roomJoin: true, ...request.grant, room }
    const time = { nowMs: this.#clock.nowMs(), lifetimeSeconds }
    return signAccessToken({ identity, name, metadata, attributes, grant }, { id, secret }, time)
  }
}
