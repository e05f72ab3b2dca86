import {
  createTurnEngine,
  issueCredentials,
  type TurnEngine,
  type TurnEngineOptions,
} from '../index.ts'
import type { RunningServer } from './contract-steps.ts'

/** What the engine under test shares with a chat server. */
export const sharedSecret = 'shared with the chat server'

/** Our engine on free loopback ports, UDP and TCP; peers on 127.0.0.0/8 are allowed. */
export async function startOurEngine(
  options: Partial<TurnEngineOptions> = {},
): Promise<RunningServer & { engine: TurnEngine; tcpPort: number }> {
  const loopback = { ip: '127.0.0.1', port: 0 }
  const engine = createTurnEngine({
    listen: { udp: [loopback], tcp: [loopback] },
    relay: { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 20_000, portMax: 29_999 },
    realm: 'calls.example',
    secrets: [sharedSecret],
    ownMedia: [],
    allowedPeers: ['127.0.0.0/8'],
    rethrowBugs: true,
    ...options,
  })
  await engine.start()
  const nowSeconds = Date.now() / 1000
  const user = issueCredentials({
    secret: sharedSecret,
    id: 'alice',
    lifetimeSeconds: 600,
    nowSeconds,
  })
  const portOf = (transport: string) =>
    engine.listening().find((address) => address.transport === transport)?.port ?? 0
  return {
    engine,
    port: portOf('udp'),
    tcpPort: portOf('tcp'),
    username: user.username,
    password: user.password,
    close: () => engine.close('test is over'),
  }
}
