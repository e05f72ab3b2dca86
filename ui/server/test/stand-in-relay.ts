import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import NodeTurn from 'node-turn'
import type { Test } from 'tap'

/** A small TURN server over UDP on loopback, so that a browser has one to reach; answers its port. */
export async function startRelay(t: Test, username: string, password: string): Promise<number> {
  const probe = createSocket('udp4')
  probe.bind(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  const closed = once(probe, 'close')
  probe.close()
  await closed
  const listening = Promise.withResolvers<void>()
  const relay = new NodeTurn({
    listeningPort: port,
    listeningIps: ['127.0.0.1'],
    relayIps: ['127.0.0.1'],
    minPort: 40_000,
    maxPort: 49_999,
    authMech: 'long-term',
    realm: 'calls.example',
    credentials: { [username]: password },
    debugLevel: 'INFO',
    log: (line: unknown) => {
      if (String(line).startsWith('Server is listening')) listening.resolve()
    },
  })
  relay.start()
  t.teardown(() => relay.stop())
  await listening.promise
  return port
}
