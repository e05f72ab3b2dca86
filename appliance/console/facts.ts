import type { Warning } from '../warning.ts'

/** One network interface that leads out of the machine. Addresses are with their prefix lengths. */
export type InterfaceFacts = Readonly<{ name: string; up: boolean; addresses: readonly string[] }>

/** What the services say of themselves; `down` when nobody answers. */
export type ServiceFacts = Readonly<{
  state: 'ready' | 'notReady' | 'down'
  /** One line for each service that is not well. */
  problems: readonly string[]
}>

/** The certificate that the web port shows. */
export type CertificateFacts = Readonly<{ fingerprint: string; daysLeft: number }>

/** All that the console shows of a machine. What cannot be told is `undefined` or an empty list. */
export type Facts = Readonly<{
  version: string
  hostName: string
  interfaces: readonly InterfaceFacts[]
  gateways: readonly string[]
  nameServers: readonly string[]
  /** Where the admin page is; `undefined` before the first start told it. */
  adminUrl: string | undefined
  /** The link that sets the admin's password, while none is set. */
  setupLink: string | undefined
  certificate: CertificateFacts | undefined
  services: ServiceFacts
  /** Whether the clock follows a time server. */
  clockSynchronized: boolean | undefined
  /** What is going on with updates, in words. */
  update: string | undefined
  rebootRequired: boolean
  warnings: readonly Warning[]
}>

/** What is known before the first look. */
export const noFacts: Facts = {
  version: '',
  hostName: '',
  interfaces: [],
  gateways: [],
  nameServers: [],
  adminUrl: undefined,
  setupLink: undefined,
  certificate: undefined,
  services: { state: 'down', problems: [] },
  clockSynchronized: undefined,
  update: undefined,
  rebootRequired: false,
  warnings: [],
}
