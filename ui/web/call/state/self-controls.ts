import { batch, type ReadonlySignal, signal } from '@preact/signals'
import {
  type LocalTrack,
  type Room,
  type ScreenShareCaptureOptions,
  Track,
  type TrackPublishOptions,
} from 'livekit-client'
import { microphoneProblem, screenShareMessage } from './device-problems.ts'
import type { Devices } from './devices.ts'
import type { Problem } from './model.ts'
import { HAND_ATTRIBUTE } from './people.ts'
import { screenRefusedProblem } from './problems.ts'
import { watchRefusals } from './publish-refusal.ts'

/** What the token and the browser let the person do. */
export type Abilities = Readonly<{ talk: boolean; share: boolean; raiseHand: boolean }>

const SCREEN: ScreenShareCaptureOptions = {
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  systemAudio: 'include',
  surfaceSwitching: 'include',
  selfBrowserSurface: 'exclude',
  contentHint: 'detail',
}

/**
 * One layer: browsers feed the smaller layers first, and where bandwidth is short nobody could read
 * the text of what is left. So the picture becomes slow, but stays sharp.
 */
const SHARP: TrackPublishOptions = {
  simulcast: false,
  screenShareEncoding: { maxBitrate: 2_500_000, maxFramerate: 15 },
  degradationPreference: 'maintain-resolution',
}

/** Mute, screen share and hand of the person at the screen. A second press while one is under way is ignored. */
export class SelfControls {
  readonly #muted = signal(true)
  readonly #sharing = signal(false)
  readonly #handRaised = signal(false)
  readonly #refusal = signal<Problem | undefined>(undefined)
  readonly #abilities = signal<Abilities>({ talk: false, share: false, raiseHand: false })
  readonly #room: Room
  readonly #devices: Devices
  readonly #now: () => number
  readonly #tell: (sentence: string) => void
  readonly #busy = new Set<string>()

  constructor(
    room: Room,
    devices: Devices,
    options: Readonly<{ now: () => number; tell: (sentence: string) => void }>,
  ) {
    this.#room = room
    this.#devices = devices
    this.#now = options.now
    this.#tell = options.tell
  }

  get muted(): ReadonlySignal<boolean> {
    return this.#muted
  }

  get sharing(): ReadonlySignal<boolean> {
    return this.#sharing
  }

  /** Why the last screen was not taken; `undefined` when none was refused, or the notice was read. */
  get refusal(): ReadonlySignal<Problem | undefined> {
    return this.#refusal
  }

  get handRaised(): ReadonlySignal<boolean> {
    return this.#handRaised
  }

  get abilities(): ReadonlySignal<Abilities> {
    return this.#abilities
  }

  /** Reads one's own state from the room. */
  refresh(): void {
    const self = this.#room.localParticipant
    const permissions = self.permissions
    batch(() => {
      this.#muted.value = !self.isMicrophoneEnabled
      this.#sharing.value = self.isScreenShareEnabled
      this.#handRaised.value = Boolean(self.attributes[HAND_ATTRIBUTE])
      this.#abilities.value = {
        talk: maySend(permissions, 2),
        share: maySend(permissions, 3) && canCaptureScreen(),
        raiseHand: permissions?.canUpdateMetadata ?? false,
      }
    })
  }

  /** Publishes the microphone that was open before the call; muted if `muted`. */
  async publishMicrophone(track: LocalTrack, muted: boolean): Promise<void> {
    if (muted) await track.mute()
    await this.#room.localParticipant.publishTrack(track, { source: Track.Source.Microphone })
  }

  /** Mutes or unmutes. Opens the microphone on the first unmute of someone who joined muted. */
  async toggleMute(): Promise<void> {
    if (!this.#abilities.value.talk) return
    const enable = this.#muted.value
    const deviceId = this.#devices.inputId.value
    await this.#once('mute', async () => {
      try {
        await this.#room.localParticipant.setMicrophoneEnabled(
          enable,
          deviceId === undefined ? undefined : { deviceId },
        )
      } catch (error) {
        const { title, advice } = microphoneProblem(error)
        this.#tell(`${title}. ${advice[0] ?? ''}`)
      }
    })
  }

  /** Starts sharing a screen, window or tab with its sound where the browser can, or stops. */
  async toggleShare(): Promise<void> {
    if (!this.#abilities.value.share) return
    const enable = !this.#sharing.value
    await this.#once('share', async () => {
      this.#refusal.value = undefined
      const refusals = watchRefusals(this.#room)
      try {
        await this.#room.localParticipant.setScreenShareEnabled(enable, SCREEN, SHARP)
      } catch (error) {
        const refused = refusals.message()
        if (refused !== undefined) await this.#screenRefused(refused)
        else this.#tellUnlessChosen(error)
      } finally {
        refusals.stop()
      }
    })
  }

  /** Puts the notice away. */
  dismissRefusal(): void {
    this.#refusal.value = undefined
  }

  /** Raises the hand, or lowers it. Everyone sees since when, so that a queue forms. */
  async toggleHand(): Promise<void> {
    if (!this.#abilities.value.raiseHand) return
    const value = this.#handRaised.value ? '' : String(this.#now())
    await this.#once('hand', async () => {
      try {
        await this.#room.localParticipant.setAttributes({ [HAND_ATTRIBUTE]: value })
      } catch {
        this.#tell('The server did not take the change of your hand. Try again.')
      }
    })
  }

  /** Says why a press does nothing. */
  refuse(reason: string): void {
    this.#tell(reason)
  }

  /** Switches to another microphone, at once when it is in use. */
  async chooseMicrophone(id: string): Promise<void> {
    this.#devices.chooseInput(id)
    await this.#switchDevice('audioinput', id)
  }

  /** Switches where everything is heard. */
  async chooseSpeaker(id: string): Promise<void> {
    this.#devices.chooseOutput(id)
    await this.#switchDevice('audiooutput', id)
  }

  /** The sound of the screen may have been taken already: it goes with the picture. */
  async #screenRefused(said: string): Promise<void> {
    const self = this.#room.localParticipant
    const sound = self.getTrackPublication(Track.Source.ScreenShareAudio)?.track
    if (sound !== undefined) await self.unpublishTrack(sound)
    this.#refusal.value = screenRefusedProblem(said)
  }

  #tellUnlessChosen(error: unknown): void {
    const message = screenShareMessage(error)
    if (message !== undefined) this.#tell(message)
  }

  async #switchDevice(kind: 'audioinput' | 'audiooutput', id: string): Promise<void> {
    try {
      await this.#room.switchActiveDevice(kind, id)
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      this.#tell(`That device did not start: ${detail}`)
    }
  }

  async #once(what: string, action: () => Promise<void>): Promise<void> {
    if (this.#busy.has(what)) return
    this.#busy.add(what)
    try {
      await action()
    } finally {
      this.#busy.delete(what)
      this.refresh()
    }
  }
}

type Permissions = Readonly<{ canPublish: boolean; canPublishSources: readonly number[] }>

/** Whether a source may be published; numbers are TrackSource of the LiveKit protocol. */
function maySend(permissions: Permissions | undefined, source: number): boolean {
  if (!permissions?.canPublish) return false
  return (
    permissions.canPublishSources.length === 0 || permissions.canPublishSources.includes(source)
  )
}

function canCaptureScreen(): boolean {
  return typeof globalThis.navigator?.mediaDevices?.getDisplayMedia === 'function'
}
