import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { createServer } from 'node:net'
import t from 'tap'
import type { Family } from '../../protocol/transport-address.ts'
import { requireStreamSockets } from './stream-sockets.ts'

t.test('a port has one listener, which alone connects from it, in both IP versions', async (t) => {
  const sockets = requireStreamSockets()
  const places: readonly Readonly<{ family: Family; ip: string }>[] = [
    { family: 4, ip: '127.0.0.1' },
    { family: 6, ip: '::1' },
  ]
  for (const place of places) {
    const free = createServer().listen(0, place.ip)
    await once(free, 'listening')
    const address = free.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const at = { ...place, port }
    t.throws(() => sockets.bindListening(at), { code: 'EADDRINUSE' }, 'somebody else listens')
    free.close()
    await once(free, 'close')
    const server = createServer().listen({ fd: sockets.bindListening(at) })
    await once(server, 'listening')
    t.throws(() => sockets.bindListening(at), { code: 'EADDRINUSE' }, 'we listen')
    closeSync(sockets.bindConnecting(at))
    server.close()
    await once(server, 'close')
  }
})
