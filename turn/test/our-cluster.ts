import { ClusterEngine, type ClusterParts } from '../cluster/cluster-engine.ts'
import { issueCredentials, type TurnClusterOptions } from '../index.ts'
import type { RunningServer } from './contract-steps.ts'
import { sharedSecret } from './our-engine.ts'

/** Worker processes on free loopback ports, UDP and TCP, two unless said otherwise; peers on 127.0.0.0/8 are allowed. */
export async function startOurCluster(
  options: Partial<TurnClusterOptions> = {},
  parts: ClusterParts = {},
): Promise<RunningServer & { cluster: ClusterEngine; tcpPort: number }> {
  const loopback = { ip: '127.0.0.1', port: 0 }
  const cluster = new ClusterEngine(
    {
      workers: 2,
      listen: { udp: [loopback], tcp: [loopback] },
      relay: { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 20_000, portMax: 29_999 },
      realm: 'calls.example',
      secrets: [sharedSecret],
      ownMedia: [],
      allowedPeers: ['127.0.0.0/8'],
      ...options,
    },
    parts,
  )
  await cluster.start()
  const nowSeconds = Date.now() / 1000
  const user = issueCredentials({
    secret: sharedSecret,
    id: 'alice',
    lifetimeSeconds: 600,
    nowSeconds,
  })
  const portOf = (transport: string) =>
    cluster.listening().find((address) => address.transport === transport)?.port ?? 0
  return {
    cluster,
    port: portOf('udp'),
    tcpPort: portOf('tcp'),
    username: user.username,
    password: user.password,
    close: () => cluster.close('test is over'),
  }
}
