import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Ports of an appliance on this machine. */
export type Ports = Readonly<{
  https: number
  http: number
  media: number
  turn: number
  tls: number
}>

/** Finds ports that nobody listens on at present. */
export async function freePorts(): Promise<Ports> {
  const servers = Array.from({ length: 5 }, () => createServer().listen(0, '0.0.0.0'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const [https = 0, http = 0, media = 0, turn = 0, tls = 0] = servers.map(
    (server) => (server.address() as AddressInfo).port,
  )
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return { https, http, media, turn, tls }
}
