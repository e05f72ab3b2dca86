import { type ReadonlySignal, signal } from '@preact/signals'
import type { Room } from 'livekit-client'
import type { MediaPath } from './model.ts'
import {
  isMediaConnected,
  isMediaLost,
  offeredPorts,
  readMediaPath,
  resumeCall,
} from './peer-connections.ts'

const LOOK_INTERVAL_MS = 1000
const SLOW_AFTER_LOOKS = 5
/** The path is read at the first look after connecting, then at every fourth. */
const PATH_EVERY_LOOKS = 4
/** A browser calls a path failed after 15 seconds; nobody should have to wait in silence that long. */
const LOST_AFTER_LOOKS = 2

/**
 * Looks at the media connection once a second: which ports the server offers, whether connecting
 * takes long, which path media takes, and whether it was lost: then has the call resumed.
 * Logs `rtc connected` once after each `expect`.
 */
export class MediaWatch {
  readonly #path = signal<MediaPath | undefined>(undefined)
  readonly #slow = signal(false)
  readonly #room: Room
  readonly #log: (line: string) => void
  #ports: string | undefined
  #timer: ReturnType<typeof setInterval> | undefined
  #looks = 0
  #connected = false
  #looksLost = 0

  constructor(room: Room, log: (line: string) => void) {
    this.#room = room
    this.#log = log
  }

  /** How media travels; `undefined` until it does. */
  get path(): ReadonlySignal<MediaPath | undefined> {
    return this.#path
  }

  /** Whether connecting takes longer than five seconds. */
  get slow(): ReadonlySignal<boolean> {
    return this.#slow
  }

  /** Ports the server offered in the last attempt, as "UDP and TCP port 8443". */
  get ports(): string | undefined {
    return this.#ports
  }

  /** Starts over: media is about to connect, for the first time or again. */
  expect(): void {
    this.stop()
    this.#timer = setInterval(() => {
      void this.look()
    }, LOOK_INTERVAL_MS)
  }

  /** Stops looking. The last ports stay known for the words about a failure. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#looks = 0
    this.#connected = false
    this.#looksLost = 0
    this.#slow.value = false
    this.#path.value = undefined
  }

  /** Looks once; called by the timer, and at once when the room says that it is connected. */
  async look(): Promise<void> {
    this.#looks += 1
    this.#ports = offeredPorts(this.#room) ?? this.#ports
    if (!this.#connected && isMediaConnected(this.#room)) {
      this.#connected = true
      this.#looks = PATH_EVERY_LOOKS
      this.#log('rtc connected')
    }
    this.#slow.value = !this.#connected && this.#looks >= SLOW_AFTER_LOOKS
    this.#looksLost = isMediaLost(this.#room) ? this.#looksLost + 1 : 0
    if (this.#looksLost === LOST_AFTER_LOOKS) await resumeCall(this.#room)
    if (!this.#connected || this.#looks % PATH_EVERY_LOOKS !== 0) return
    const path = await readMediaPath(this.#room)
    if (this.#connected) this.#path.value = path ?? this.#path.value
  }
}
