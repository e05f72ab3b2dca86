import { hostname } from 'node:os'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { ApplianceError } from '../errors.ts'
import { askReadiness } from '../health/port-checks.ts'
import { type Ask, askAtTerminal } from './ask.ts'
import type { Readiness } from './await-ready.ts'
import { type ServiceControl, systemdService } from './service-control.ts'

/** Time that passes; tests move their own. */
export type Clock = Readonly<{
  /** Milliseconds since the Unix epoch. */
  nowMs: () => number
  /** Milliseconds since whenever: at boot the clock may be set. */
  monotonicMs: () => number
  wait: (ms: number) => Promise<void>
}>

/** The host that is worked on: where its files begin (`/`), and what runs there. Tests have one in a folder. */
export type Host = Readonly<{
  root: string
  isRoot: boolean
  /** Its host name. */
  name: string
  /** The processor, in Node's words (`x64`). */
  arch: string
  service: ServiceControl
  /** Asks the appliance on a port of this host; `undefined` where none answers. */
  askReadiness: (httpPort: number) => Promise<Readiness | undefined>
  /** Asks who sits at the terminal; `undefined` where nobody does. */
  ask: Ask | undefined
  clock: Clock
}>

/** The host this process runs on. */
export function thisHost(): Host {
  return {
    root: '/',
    isRoot: process.geteuid?.() === 0,
    name: hostname(),
    arch: process.arch,
    service: systemdService(),
    askReadiness,
    ask: askAtTerminal(),
    clock: { nowMs: Date.now, monotonicMs: () => performance.now(), wait: (ms) => wait(ms) },
  }
}

/** Throws NEEDS_ROOT for anybody else. */
export function requireRoot({ isRoot }: Host, command: string): void {
  if (isRoot) return
  throw new ApplianceError(
    'NEEDS_ROOT',
    `callbox ${command} changes the system, which takes root.`,
    `Run: sudo callbox ${command}`,
  )
}
