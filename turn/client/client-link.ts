import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type PeerCertificate, connect as secure, type TLSSocket } from 'node:tls'
import { StreamSplitter } from '../protocol/stream-splitter.ts'
import { familyOf } from '../protocol/transport-address.ts'

/** How to reach a server. */
export type ClientTarget = Readonly<{
  transport: 'udp' | 'tcp' | 'tls'
  ip: string
  port: number
  /** Sent before everything else on a stream, before TLS too: the header of a PROXY protocol. */
  preamble?: Uint8Array
  /** The host name that TLS asks for; none when the server is known by an IP. */
  serverName?: string
}>

/** A way to a server that carries whole messages. */
export interface ClientLink {
  readonly reliable: boolean
  /** What the server showed in the TLS handshake; it is not judged here. */
  readonly certificate: PeerCertificate | undefined
  send(message: Uint8Array): void
  close(): void
}

/** What a link tells. */
export type LinkEvents = Readonly<{
  onMessage: (bytes: Uint8Array) => void
  /** The connection ended or failed; nothing comes after. */
  onClose: (reason: string) => void
}>

/** Opens a link; rejects when the server cannot be reached before `signal` aborts. */
export function openLink(
  target: ClientTarget,
  events: LinkEvents,
  signal: AbortSignal,
): Promise<ClientLink> {
  return target.transport === 'udp'
    ? openUdp(target, events, signal)
    : openStream(target, events, signal)
}

async function openUdp(
  { ip, port }: ClientTarget,
  events: LinkEvents,
  signal: AbortSignal,
): Promise<ClientLink> {
  const socket = createSocket(familyOf(ip) === 6 ? 'udp6' : 'udp4')
  socket.on('message', events.onMessage)
  try {
    socket.connect(port, ip)
    await once(socket, 'connect', { signal })
  } catch (error) {
    socket.close()
    throw error
  }
  socket.on('error', (error) => events.onClose(error.message))
  return {
    reliable: false,
    certificate: undefined,
    // The answer that does not come tells of a datagram that could not be sent.
    send: (message) => socket.send(message, () => undefined),
    close: () => socket.close(),
  }
}

async function openStream(
  target: ClientTarget,
  { onMessage, onClose }: LinkEvents,
  signal: AbortSignal,
): Promise<ClientLink> {
  const plain = connect({ host: target.ip, port: target.port, noDelay: true })
  let stream: Socket = plain
  try {
    await once(plain, 'connect', { signal })
    if (target.preamble) plain.write(target.preamble)
    if (target.transport === 'tls') {
      stream = encrypted(plain, target)
      await once(stream, 'secureConnect', { signal })
    }
  } catch (error) {
    plain.destroy()
    throw error
  }
  const splitter = new StreamSplitter()
  stream.on('data', (chunk: Buffer) => {
    splitter.push(chunk)
    for (let next = splitter.next(); next !== 'more'; next = splitter.next()) {
      if (next === 'fault') {
        stream.destroy(new Error('the answer is not TURN'))
        return
      }
      onMessage(next)
    }
  })
  stream.on('error', (error) => onClose(error.message))
  stream.on('close', () => onClose('the server hung up'))
  return {
    reliable: true,
    certificate:
      'getPeerCertificate' in stream ? (stream as TLSSocket).getPeerCertificate() : undefined,
    send: (message) => void stream.write(message),
    close: () => stream.destroy(),
  }
}

/** Takes any certificate: who asks judges it, and an appliance talks to itself here. */
function encrypted(socket: Socket, { serverName }: ClientTarget): TLSSocket {
  return secure({
    socket,
    rejectUnauthorized: false,
    ...(serverName === undefined ? {} : { servername: serverName }),
  })
}
