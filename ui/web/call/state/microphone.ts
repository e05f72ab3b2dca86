import { type ReadonlySignal, signal } from '@preact/signals'
import { createLocalTracks, type LocalTrack } from 'livekit-client'
import { insecureProblem, microphoneProblem } from './device-problems.ts'
import type { Devices } from './devices.ts'
import type { Problem } from './model.ts'

const LEVEL_INTERVAL_MS = 60
/** Loudness that fills the meter: ordinary speech reaches about half of it. */
const FULL_LEVEL = 0.35

/** How far opening the microphone has come. */
export type MicrophoneState = 'closed' | 'opening' | 'open' | 'blocked'

/** The microphone before the call: opens it, shows its level, hands it over when joining. */
export class Microphone {
  readonly #state = signal<MicrophoneState>('closed')
  readonly #problem = signal<Problem | undefined>(undefined)
  readonly #level = signal(0)
  readonly #devices: Devices
  #track: LocalTrack | undefined
  #opening: Promise<void> | undefined
  /** Counts openings and hand-overs, so that a track that comes late is not kept. */
  #turn = 0
  #stopMeter: (() => void) | undefined

  constructor(devices: Devices) {
    this.#devices = devices
  }

  get state(): ReadonlySignal<MicrophoneState> {
    return this.#state
  }

  /** Why it is blocked, `undefined` otherwise. */
  get problem(): ReadonlySignal<Problem | undefined> {
    return this.#problem
  }

  /** Loudness from 0 to 1. */
  get level(): ReadonlySignal<number> {
    return this.#level
  }

  /** Opens the chosen microphone, asking for permission where the browser has none yet. */
  open(): Promise<void> {
    this.close()
    if (!globalThis.isSecureContext) {
      this.#block(insecureProblem())
      return Promise.resolve()
    }
    this.#opening = this.#open(this.#turn)
    return this.#opening
  }

  /** Waits for an opening under way, or opens it if nobody did; it may be blocked then. */
  async settle(): Promise<void> {
    if (this.#state.value === 'closed') await this.open()
    else await this.#opening
  }

  async #open(turn: number): Promise<void> {
    this.#state.value = 'opening'
    try {
      const deviceId = this.#devices.inputId.value
      const [track] = await createLocalTracks({
        audio: deviceId === undefined ? true : { deviceId },
        video: false,
      })
      if (turn !== this.#turn) {
        track?.stop()
        return
      }
      this.#track = track
      if (track !== undefined) this.#stopMeter = this.#meter(track)
      this.#problem.value = undefined
      this.#state.value = 'open'
      await this.#devices.refresh()
    } catch (error) {
      if (turn === this.#turn) this.#block(microphoneProblem(error))
    }
  }

  /** Opens it without a question if the page has permission already. */
  async openIfAllowed(): Promise<void> {
    if (!globalThis.isSecureContext) return this.open()
    const allowed = await navigator.permissions
      ?.query({ name: 'microphone' })
      .then((status) => status.state === 'granted')
      .catch((error: unknown) => {
        // Firefox before 132 does not know the name: then the button asks.
        if (error instanceof TypeError) return false
        throw error
      })
    if (allowed) await this.open()
  }

  /** Gives the open track away and forgets it; `undefined` when none is open. */
  release(): LocalTrack | undefined {
    const track = this.#track
    this.#track = undefined
    this.#stop()
    return track
  }

  /** Stops listening; the browser's recording mark goes out. */
  close(): void {
    this.#track?.stop()
    this.#track = undefined
    this.#stop()
  }

  #stop(): void {
    this.#turn += 1
    this.#stopMeter?.()
    this.#stopMeter = undefined
    this.#level.value = 0
    this.#state.value = 'closed'
  }

  #block(problem: Problem): void {
    this.#problem.value = problem
    this.#state.value = 'blocked'
  }

  #meter(track: LocalTrack): () => void {
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    analyser.fftSize = 1024
    context.createMediaStreamSource(new MediaStream([track.mediaStreamTrack])).connect(analyser)
    // Without a click so far the browser keeps the context asleep and the meter flat.
    globalThis.addEventListener('pointerdown', () => void context.resume(), { once: true })
    const samples = new Float32Array(analyser.fftSize)
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples)
      this.#level.value = Math.min(1, rootMeanSquare(samples) / FULL_LEVEL)
    }, LEVEL_INTERVAL_MS)
    return () => {
      clearInterval(timer)
      void context.close()
    }
  }
}

function rootMeanSquare(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return Math.sqrt(sum / samples.length)
}
