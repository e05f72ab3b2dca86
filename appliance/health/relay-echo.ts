import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

const NONCE_BYTES = 16
const TAG_BYTES = 16

/** A UDP socket on loopback that sends back what its own probes carry, and nothing else. */
export interface RelayEcho {
  /** Where it listens. */
  readonly local: Readonly<{ ip: string; port: number }>
  /** Makes the payload of a new probe. */
  probe(): Uint8Array
  close(): void
}

/** Opens the echo on the loopback address of an IP version. */
export async function openRelayEcho(family: 4 | 6): Promise<RelayEcho> {
  const key = randomBytes(32)
  const tagOf = (nonce: Uint8Array) =>
    createHmac('sha256', key).update(nonce).digest().subarray(0, TAG_BYTES)
  const isOurs = (bytes: Uint8Array) =>
    bytes.length === NONCE_BYTES + TAG_BYTES &&
    timingSafeEqual(tagOf(bytes.subarray(0, NONCE_BYTES)), bytes.subarray(NONCE_BYTES))
  const ip = family === 4 ? '127.0.0.1' : '::1'
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6')
  socket.bind(0, ip)
  await once(socket, 'listening')
  socket.unref()
  socket.on('message', (bytes, { address, port }) => {
    // A lost answer is what the test is there to find, so the outcome of sending does not matter here.
    if (isOurs(bytes)) socket.send(bytes, port, address, () => undefined)
  })
  return {
    local: { ip, port: socket.address().port },
    probe() {
      const nonce = randomBytes(NONCE_BYTES)
      return Buffer.concat([nonce, tagOf(nonce)])
    },
    close: () => socket.close(),
  }
}
