import {
  createTurnEngine,
  issueCredentials,
  type TurnEngine,
  type TurnEngineOptions,
} from '../index.ts'
import type { RunningServer } from './contract-steps.ts'

/** What the engine under test shares with a chat server. */
export const sharedSecret = 'shared with the chat server'

const loopback = { ip: '127.0.0.1', port: 0 }

/** Free loopback ports, UDP and TCP; peers on 127.0.0.0/8 are allowed. */
export const loopbackOptions: TurnEngineOptions = {
  listen: { udp: [loopback], tcp: [loopback] },
  relay: { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 20_000, portMax: 29_999 },
  realm: 'calls.example',
  secrets: [sharedSecret],
  ownMedia: [],
  allowedPeers: ['127.0.0.0/8'],
}

/** Relays of both IP versions on loopback; `allowedPeers` has to name `::1` where it is to be a peer. */
export const dualRelay: TurnEngineOptions['relay'] = {
  ...loopbackOptions.relay,
  ipv6: { ip: '::1', announcedIp: '::1' },
}

/** Our engine with `loopbackOptions` and others. */
export async function startOurEngine(
  options: Partial<TurnEngineOptions> = {},
): Promise<RunningServer & { engine: TurnEngine; tcpPort: number }> {
  const engine = createTurnEngine({ ...loopbackOptions, rethrowBugs: true, ...options })
  return { engine, ...(await startForAlice(engine)) }
}

/** Starts an engine; answers its ports and the login of a user, as the contract's client wants them. */
export async function startForAlice(
  engine: TurnEngine,
): Promise<RunningServer & { tcpPort: number }> {
  await engine.start()
  const nowSeconds = Date.now() / 1000
  const lifetime = { lifetimeSeconds: 600, nowSeconds }
  const { username, password } = issueCredentials({
    secret: sharedSecret,
    id: 'alice',
    ...lifetime,
  })
  const portOf = (transport: string) =>
    engine.listening().find((address) => address.transport === transport)?.port ?? 0
  return {
    port: portOf('udp'),
    tcpPort: portOf('tcp'),
    username,
    password,
    close: () => engine.close('test is over'),
  }
}
