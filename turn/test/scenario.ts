import { createHash } from 'node:crypto'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { errorCode } from '../protocol/attributes/error-code.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { verifyIntegrity } from '../protocol/integrity.ts'
import { methods } from '../protocol/methods.ts'
import { parseStunMessage, type StunMessage } from '../protocol/stun-message.ts'
import type { Family, FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import { parseCidr } from '../server/cidr.ts'
import {
  type CredentialSources,
  issueCredentials,
  LongTermCredentials,
} from '../server/credentials.ts'
import { defaultLimits, type Limits } from '../server/limits.ts'
import { createPeerPolicy, type PeerPolicy, type PeerRules } from '../server/peer-policy.ts'
import type {
  AllocationId,
  Now,
  RandomSource,
  TurnEvent,
  TurnInput,
  TurnOutput,
} from '../server/turn-io.ts'
import { TurnServer, type TurnServerOptions } from '../server/turn-server.ts'
import { type AttributeMaker, encodeRequest, having, keyOf, type Login } from './encode-request.ts'

/** The realm, the secret and the hour all scenarios play in. */
export const scenarioRealm = 'calls.example'
const secret = 'shared with the chat server'
const startSeconds = 1_800_000_000
const serverAddress: TransportAddress = { family: 4, ip: '203.0.113.1', port: 3478 }

/** A random source that gives the same bytes in every run. */
function countingRandom(): RandomSource {
  let count = 0
  return {
    bytes: (length) => {
      count++
      return Uint8Array.from({ length }, (_, i) => hashByte(count, i))
    },
  }
}

function hashByte(count: number, index: number): number {
  return createHash('sha256').update(`${count} ${index}`).digest()[0] ?? 0
}

/** A server, a clock that is a number, and what came out since the last look. */
export class Scenario {
  readonly server: TurnServer
  readonly events: TurnEvent[] = []
  readonly credentials: LongTermCredentials
  readonly rules: PeerRules
  readonly peerPolicy: PeerPolicy
  #nowMs = 1000
  #nextPort = 50_000

  constructor(
    options: Readonly<{
      limits?: Partial<Limits>
      parts?: Partial<TurnServerOptions>
      families?: readonly Family[]
      rules?: Partial<PeerRules>
      sources?: CredentialSources
    }> = {},
  ) {
    const sources = options.sources ?? { secrets: [secret, 'the secret before'] }
    this.credentials = new LongTermCredentials(scenarioRealm, sources)
    this.rules = {
      ownMedia: [{ ip: '203.0.113.1', port: 8443 }],
      ownIps: ['203.0.113.1'],
      relayPorts: { min: 49_152, max: 65_535 },
      allowed: [parseCidr('198.51.100.0/24') ?? never()],
      denied: [],
      ...options.rules,
    }
    this.peerPolicy = createPeerPolicy(this.rules)
    this.server = new TurnServer({
      realm: scenarioRealm,
      credentials: this.credentials,
      limits: { ...defaultLimits, ...options.limits },
      random: countingRandom(),
      relayFamilies: options.families ?? [4],
      peerPolicy: this.peerPolicy,
      ...options.parts,
    })
  }

  get now(): Now {
    return { monotonicMs: this.#nowMs, unixSeconds: startSeconds + this.#nowMs / 1000 }
  }

  /** Gives one input; returns all outputs but events, which are collected apart. */
  input(input: TurnInput): TurnOutput[] {
    this.server.handleInput(input, this.now)
    return this.drain()
  }

  /** Lets time pass, waking the server at each of its deadlines. */
  advance(seconds: number): TurnOutput[] {
    const end = this.#nowMs + seconds * 1000
    const outputs: TurnOutput[] = []
    for (let due = this.server.nextTimeoutMs(); due !== undefined && due <= end; ) {
      this.#nowMs = Math.max(this.#nowMs, due)
      this.server.handleTimeout(this.now)
      outputs.push(...this.drain())
      due = this.server.nextTimeoutMs()
    }
    this.#nowMs = end
    return outputs
  }

  /** Binds what the server asks to bind, on the next even port or the claimed one. */
  bind(outputs: readonly TurnOutput[]): TurnOutput[] {
    return outputs.flatMap((output) => {
      if (output.type !== 'bindRelay') return [output]
      const { allocation } = output
      if (typeof output.port !== 'number') this.#nextPort += 2
      const port = typeof output.port === 'number' ? output.port : this.#nextPort
      const ips = { 4: '203.0.113.1', 6: '2001:db8::1' }
      const relayed = output.families.map((family) => ({ family, ip: ips[family], port }))
      return this.input({ type: 'relayBound', allocation, relayed })
    })
  }

  drain(): TurnOutput[] {
    const outputs: TurnOutput[] = []
    for (let out = this.server.pollOutput(); out; out = this.server.pollOutput()) {
      if (out.type === 'event') this.events.push(out.event)
      else outputs.push(out)
    }
    return outputs
  }

  /** A client on its own address. */
  client(
    options: Readonly<{
      port?: number
      id?: string
      family?: Family
      transport?: FiveTuple['transport']
      lifetimeSeconds?: number
    }> = {},
  ): ScenarioClient {
    const { family = 4, port = 1000, transport = 'udp', id = 'alice' } = options
    const ip = family === 4 ? '192.0.2.7' : '2001:db8::7'
    const client = { family, ip, port }
    const { lifetimeSeconds = 3600 } = options
    const nowSeconds = this.now.unixSeconds
    const issued = issueCredentials({ secret, id, lifetimeSeconds, nowSeconds })
    return new ScenarioClient(this, { transport, client, server: serverAddress }, issued)
  }
}

/** One client of a scenario. */
export class ScenarioClient {
  readonly tuple: FiveTuple
  login: Login
  readonly #scenario: Scenario

  constructor(
    scenario: Scenario,
    tuple: FiveTuple,
    user: Readonly<{ username: string; password: string }>,
  ) {
    this.#scenario = scenario
    this.tuple = tuple
    this.login = { ...user, realm: scenarioRealm, nonce: 'none' }
  }

  get key(): Uint8Array {
    return keyOf(this.login)
  }

  /** Sends bytes. */
  send(bytes: Uint8Array): TurnOutput[] {
    return this.#scenario.input({ type: 'clientMessage', from: this.tuple, bytes })
  }

  /** Sends a signed request and lets relay sockets be bound at once. */
  request(method: number, ...attributes: readonly AttributeMaker[]): TurnOutput[] {
    return this.#scenario.bind(this.send(encodeRequest(method, attributes, { login: this.login })))
  }

  /** Learns realm and nonce from the 401 of an unsigned Allocate. */
  learnNonce(): this {
    const answer = responseIn(this.send(encodeRequest(methods.allocate, [])))
    const read = readAttributes(answer, { nonce, realm })
    if (!read.ok || !read.value.nonce || !read.value.realm) throw new Error('no nonce in the 401')
    this.login = { ...this.login, nonce: read.value.nonce, realm: read.value.realm }
    return this
  }

  /** Learns a nonce and allocates; returns the allocation's id. */
  allocate(...attributes: readonly AttributeMaker[]): AllocationId {
    this.learnNonce()
    const outputs = this.request(methods.allocate, having(requestedTransport, 17), ...attributes)
    if (errorIn(outputs) !== undefined) throw new Error(`Allocate refused: ${errorIn(outputs)}`)
    const mine = [...this.#scenario.server.allocations()].find(
      ({ client }) => client === this.tuple,
    )
    return mine?.id ?? never()
  }
}

/** The one message to a client in some outputs, parsed. */
export function responseIn(outputs: readonly TurnOutput[]): StunMessage {
  const sent = outputs.flatMap((o) => (o.type === 'sendToClient' ? [o.bytes] : []))
  if (sent.length !== 1) throw new Error(`expected one message to a client, not ${sent.length}`)
  const parsed = parseStunMessage(sent[0] ?? never())
  return parsed.ok ? parsed.value : never()
}

/** The error code of the one response in some outputs; undefined when it is a success. */
export function errorIn(outputs: readonly TurnOutput[]): number | undefined {
  const read = readAttributes(responseIn(outputs), { code: errorCode })
  return read.ok ? read.value.code : never()
}

/** Whether the one response in some outputs is signed with a key. */
export function isSignedBy(outputs: readonly TurnOutput[], key: Uint8Array): boolean {
  return verifyIntegrity(responseIn(outputs), key)
}

/** An address of the allowed range 198.51.100.0/24. */
export function peerAt(host: number, port = 4000): TransportAddress {
  return { family: 4, ip: `198.51.100.${host}`, port }
}

function never(): never {
  throw new Error('the scenario is wrong')
}
