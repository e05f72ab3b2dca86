import { type ReadonlySignal, signal } from '@preact/signals'
import type { Memory } from './memory.ts'

/** One microphone or speaker to choose from. */
export type Device = Readonly<{ id: string; label: string }>

/** The part of the browser's media devices that listing needs. */
export type DeviceSource = Readonly<{
  enumerateDevices(): Promise<readonly Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>[]>
  addEventListener(type: 'devicechange', listener: () => void): void
}>

/** The microphones and speakers there are, and which are chosen. Choices survive the visit. */
export class Devices {
  readonly #inputs = signal<readonly Device[]>([])
  readonly #outputs = signal<readonly Device[]>([])
  readonly #inputId = signal<string | undefined>(undefined)
  readonly #outputId = signal<string | undefined>(undefined)
  readonly #source: DeviceSource | undefined
  readonly #memory: Memory

  /** `source` is `undefined` where the browser hides devices (no HTTPS). */
  constructor(source: DeviceSource | undefined, memory: Memory) {
    this.#source = source
    this.#memory = memory
    source?.addEventListener('devicechange', () => {
      void this.refresh()
    })
  }

  get inputs(): ReadonlySignal<readonly Device[]> {
    return this.#inputs
  }

  get outputs(): ReadonlySignal<readonly Device[]> {
    return this.#outputs
  }

  /** The chosen microphone, `undefined` for the browser's default. */
  get inputId(): ReadonlySignal<string | undefined> {
    return this.#inputId
  }

  /** The chosen speaker, `undefined` for the browser's default. */
  get outputId(): ReadonlySignal<string | undefined> {
    return this.#outputId
  }

  /** Reads the list again. Labels are empty until the microphone was allowed once. */
  async refresh(): Promise<void> {
    if (this.#source === undefined) return
    const found = await this.#source.enumerateDevices()
    this.#inputs.value = ofKind(found, 'audioinput', 'Microphone')
    this.#outputs.value = ofKind(found, 'audiooutput', 'Speaker')
    this.#inputId.value = this.#remembered('input', this.#inputs.value)
    this.#outputId.value = this.#remembered('output', this.#outputs.value)
  }

  chooseInput(id: string): void {
    this.#inputId.value = id
    this.#memory.write('callbox.input', id)
  }

  chooseOutput(id: string): void {
    this.#outputId.value = id
    this.#memory.write('callbox.output', id)
  }

  #remembered(kind: 'input' | 'output', present: readonly Device[]): string | undefined {
    const id = this.#memory.read(`callbox.${kind}`)
    return present.some((device) => device.id === id) ? id : undefined
  }
}

/** Devices of one kind. Those without an id are placeholders from before permission was given. */
function ofKind(
  found: readonly Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>[],
  kind: MediaDeviceKind,
  noun: string,
): readonly Device[] {
  return found
    .filter((device) => device.kind === kind && device.deviceId !== '')
    .map((device, index) => ({
      id: device.deviceId,
      label: device.label || `${noun} ${index + 1}`,
    }))
}
