import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
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
  const held: Held[] = []
  try {
    while (held.length < 5) held.push(await holdPort())
  } finally {
    await Promise.all(held.map(({ release }) => release()))
  }
  const [https = 0, http = 0, media = 0, turn = 0, tls = 0] = held.map(({ port }) => port)
  return { https, http, media, turn, tls }
}

type Held = Readonly<{ port: number; release: () => Promise<void> }>

/** Takes a port for both, so that it is not found twice; another one while UDP has the first. */
async function holdPort(): Promise<Held> {
  const server = createServer().listen(0, '0.0.0.0')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = createSocket('udp4')
  const release = async () => {
    await Promise.all([once(server.close(), 'close'), once(socket.close(), 'close')])
  }
  try {
    socket.bind(port, '0.0.0.0')
    await once(socket, 'listening')
    return { port, release }
  } catch (error) {
    await release()
    if (systemErrorCode(error) !== 'EADDRINUSE') throw error
    return holdPort()
  }
}
