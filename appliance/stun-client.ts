import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import type { HostPort } from './config/values.ts'

const BINDING_REQUEST = 0x0001 // RFC 8489 §18.2
const BINDING_SUCCESS = 0x0101 // RFC 8489 §5
const XOR_MAPPED_ADDRESS = 0x0020 // RFC 8489 §18.3
const MAGIC_COOKIE = Buffer.from([0x21, 0x12, 0xa4, 0x42]) // RFC 8489 §5
const HEADER_BYTES = 20

/** When the request is sent again: RTO 500 ms, doubling (RFC 8489 §6.2.1), cut short. */
const RETRANSMIT_AT_MS = [500, 1500]
const GIVE_UP_MS = 3000

/**
 * Asks a STUN server over UDP which address it sees (RFC 8489 Binding). Answers the IP as text;
 * rejects when nothing usable comes back within 3 s.
 */
export async function discoverAddress(server: HostPort): Promise<string> {
  const { address, family } = await lookup(server.host)
  const transactionId = randomBytes(12)
  const request = Buffer.alloc(HEADER_BYTES)
  request.writeUInt16BE(BINDING_REQUEST, 0)
  MAGIC_COOKIE.copy(request, 4)
  transactionId.copy(request, 8)
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  const timers: NodeJS.Timeout[] = []
  try {
    return await new Promise<string>((resolve, reject) => {
      const send = () =>
        socket.send(request, server.port, address, (error) => error && reject(error))
      socket.on('error', reject)
      socket.on('message', (bytes) => {
        const seen = parseBindingSuccess(bytes, transactionId)
        if (seen !== undefined) resolve(seen)
      })
      timers.push(...RETRANSMIT_AT_MS.map((delayMs) => setTimeout(send, delayMs)))
      const giveUp = () => reject(new Error(`no answer within ${GIVE_UP_MS / 1000} s`))
      timers.push(setTimeout(giveUp, GIVE_UP_MS))
      send()
    })
  } finally {
    for (const timer of timers) clearTimeout(timer)
    socket.close()
  }
}

/** Takes the mapped address out of the response to our request; `undefined` for any other bytes. */
export function parseBindingSuccess(bytes: Buffer, transactionId: Buffer): string | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== BINDING_SUCCESS) return undefined
  if (!bytes.subarray(4, 8).equals(MAGIC_COOKIE)) return undefined
  if (!bytes.subarray(8, HEADER_BYTES).equals(transactionId)) return undefined
  let offset = HEADER_BYTES
  while (offset + 4 <= bytes.length) {
    const length = bytes.readUInt16BE(offset + 2)
    const value = bytes.subarray(offset + 4, offset + 4 + length)
    if (bytes.readUInt16BE(offset) === XOR_MAPPED_ADDRESS && value.length === length) {
      return decodeXorAddress(value, bytes.subarray(4, HEADER_BYTES))
    }
    offset += 4 + Math.ceil(length / 4) * 4
  }
  return undefined
}

/** The address is XORed with the magic cookie and the transaction id (RFC 8489 §14.2). */
function decodeXorAddress(value: Buffer, mask: Buffer): string | undefined {
  const expected = value[1] === 1 ? 8 : value[1] === 2 ? 20 : undefined
  if (value.length !== expected) return undefined
  const ip = value.subarray(4).map((byte, index) => byte ^ (mask[index] ?? 0))
  return ipaddr.fromByteArray([...ip]).toString()
}
