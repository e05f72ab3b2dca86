import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { type Admit, createSfu, type Sfu } from '../../index.ts'

/** An SFU with a real media worker behind an HTTP server on loopback. */
export type RunningSfu = Readonly<{
  sfu: Sfu
  port: number
  url: string
  /** Closes both, and with them every connection. */
  stop(): Promise<void>
}>

/** What a test may set. */
export type RunningSfuOptions = Readonly<{
  maxParticipants?: number
  admit?: Admit
  /** Where media, pages and signalling are served; 127.0.0.1 by default. */
  address?: string
  /** Serves what is not the SFU's; 404 by default. */
  page?: (path: string) => Readonly<{ type: string; body: string | Buffer }> | undefined
}>

/** Starts an SFU on free ports. */
export async function startSfu(options: RunningSfuOptions = {}): Promise<RunningSfu> {
  const address = options.address ?? '127.0.0.1'
  const sfu = createSfu({
    media: {
      workers: 1,
      ports: [{ udp: 0, tcp: 0 }],
      listen: [{ ip: address }],
    },
    livekitKeys: new Map([['key', 'a secret that is long enough for tests']]),
    maxParticipants: options.maxParticipants ?? 0,
    iceServers: () => [],
    serverVersion: '0.0.0',
    ...(options.admit && { admit: options.admit }),
    log: pino({ level: process.env['LOG_LEVEL'] ?? 'error' }, pino.destination(2)),
  })
  await sfu.start()
  const server = createServer((request, response) => {
    if (sfu.handleRequest(request, response)) return
    const found = options.page?.(new URL(request.url ?? '/', 'http://localhost').pathname)
    response.writeHead(found ? 200 : 404, { 'content-type': found?.type ?? 'text/plain' })
    response.end(found?.body ?? 'not found')
  })
  server.on('upgrade', (request, socket, head) => {
    if (!sfu.handleUpgrade(request, socket, head)) socket.destroy()
  })
  const port = await listen(server, address)
  return {
    sfu,
    port,
    url: `ws://${address}:${port}`,
    stop: async () => {
      await sfu.stop(AbortSignal.timeout(5_000))
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A token with every right in a room. */
export function fullToken(sfu: Sfu, room: string, identity: string): Promise<string> {
  return sfu.createToken({
    room,
    identity,
    name: identity,
    lifetimeSeconds: 600,
    grant: { canUpdateOwnMetadata: true },
  })
}

async function listen(server: Server, address: string): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const { port } = server.address() as AddressInfo
  return port
}
