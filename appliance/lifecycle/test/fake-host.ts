import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import type { Readiness } from '../await-ready.ts'
import type { Clock, Host } from '../host.ts'
import { type Places, placesOf } from '../places.ts'
import type { ServiceControl, ServiceState } from '../service-control.ts'

/** A host in a folder: its service does what the test says, its clock runs as fast as it is asked. */
export type FakeHost = Readonly<{
  host: Host
  places: Places
  service: FakeService
  answers: string[]
  write: (path: string, text: string) => Promise<void>
}>

/** What a start of the service comes to, decided by what lies on the host at that moment. */
export type Start = () => Promise<'ready' | 'notReady' | 'silent' | 'hangs' | 'fails'>

/** A service that fails is started again and again, as the unit has it. */
const PHASES = {
  ready: 'active',
  notReady: 'active',
  silent: 'active',
  hangs: 'starting',
  fails: 'starting',
  stopped: 'stopped',
} as const

/** A service that systemd would run. */
export class FakeService implements ServiceControl {
  readonly calls: string[] = []
  managed = true
  comesTo: Start = async () => 'ready'
  /** The release whose program it runs. */
  runs: string | undefined
  #outcome: Awaited<ReturnType<Start>> | 'stopped' = 'ready'
  #starts = 0
  #restarts = 0

  async isManaged(): Promise<boolean> {
    return this.managed
  }

  async restart(): Promise<void> {
    this.calls.push('restart')
    await this.#begin()
  }

  async start(): Promise<void> {
    this.calls.push('start')
    if (this.#outcome === 'stopped') await this.#begin()
  }

  async stop(): Promise<void> {
    this.calls.push('stop')
    this.#outcome = 'stopped'
  }

  async state(): Promise<ServiceState> {
    if (this.#outcome === 'fails') this.#restarts += 1
    return {
      phase: PHASES[this.#outcome],
      startId: String(this.#starts),
      restarts: this.#restarts,
      runs: this.runs,
    }
  }

  async #begin(): Promise<void> {
    this.#starts += 1
    this.#restarts = 0
    this.#outcome = await this.comesTo()
  }

  async journalTail(): Promise<string> {
    return 'the last line of the journal'
  }

  async startWatch(): Promise<void> {
    this.calls.push('startWatch')
  }

  /** What `/readyz` answers. */
  readonly readiness = async (): Promise<Readiness | undefined> => {
    if (!['ready', 'notReady'].includes(this.#outcome)) return undefined
    return { services: [{ name: 'relay', ok: this.#outcome === 'ready', detail: '' }] }
  }
}

/** A clock that a wait moves on. */
export function movedClock(nowMs = Date.UTC(2026, 10, 27, 12)): Clock {
  let now = nowMs
  return {
    nowMs: () => now,
    monotonicMs: () => now,
    async wait(ms) {
      now += ms
    },
  }
}

/** Makes a host in a folder, which goes with the test. */
export async function createFakeHost(t: Test): Promise<FakeHost> {
  const root = await mkdtemp(join(tmpdir(), 'callbox-host-'))
  t.teardown(() => rm(root, { recursive: true, force: true }))
  const service = new FakeService()
  const answers: string[] = []
  const host: Host = {
    root,
    isRoot: true,
    name: 'calls-1',
    arch: process.arch,
    service,
    askReadiness: service.readiness,
    ask: async () => answers.shift() ?? '',
    clock: movedClock(),
  }
  return {
    host,
    places: placesOf(root),
    service,
    answers,
    async write(path, text) {
      const file = join(root, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    },
  }
}
