import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { systemErrorCode } from '../errors.ts'

/** Ports of an appliance on this machine. */
export type Ports = Readonly<{
  https: number
  http: number
  media: number
  turn: number
  tls: number
}>

/** Finds ports that no program has at present, neither for TCP nor for UDP. */
export async function freePorts(): Promise<Ports> {
  const servers: Server[] = []
  const free: number[] = []
  try {
    while (free.length < 5) {
      // Held to the end, those that UDP has too: else the kernel offers the same one again.
      const server = createServer().listen(0, '0.0.0.0')
      servers.push(server)
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      if (await isFreeForUdp(port)) free.push(port)
    }
  } finally {
    await Promise.all(servers.map((server) => once(server.close(), 'close')))
  }
  const [https = 0, http = 0, media = 0, turn = 0, tls = 0] = free
  return { https, http, media, turn, tls }
}

async function isFreeForUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.bind(port, '0.0.0.0')
    await once(socket, 'listening')
    return true
  } catch (error) {
    if (systemErrorCode(error) !== 'EADDRINUSE') throw error
    return false
  } finally {
    socket.close()
  }
}
