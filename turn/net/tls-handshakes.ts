import { constants, createPrivateKey, X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { TurnError } from '../errors.ts'

/** A certificate with its chain and its private key, as PEM texts. */
export type KeyPair = Readonly<{ cert: string; key: string }>

/** What is common to all our TLS: forward secrecy always, so no RSA key exchange; nothing below TLS 1.2; one handshake a connection. */
export const tlsPolicy = {
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
} as const

/** TURN's name in a TLS handshake (RFC 7443 §3). */
export const turnAlpn = 'stun.turn'

/** Makes TLS streams of TCP connections; the certificate may change under way. */
export class TlsHandshakes {
  readonly #server: Server
  readonly #waiting = new Map<string, (secure: TLSSocket) => void>()

  /** Throws a TurnError for a certificate that cannot be used. */
  constructor(certificate: KeyPair) {
    checkKeyPair(certificate)
    this.#server = createServer({ ...tlsPolicy, ...certificate, ALPNProtocols: [turnAlpn] })
    this.#server.on('secureConnection', (secure) => {
      const name = connectionName(secure)
      const done = this.#waiting.get(name)
      this.#waiting.delete(name)
      if (done) done(secure)
      else secure.destroy()
    })
    this.#server.on('tlsClientError', (_error, secure) => secure.destroy())
  }

  /** Shakes hands on a connection; one that fails is destroyed and never calls back. */
  start(socket: Socket, done: (secure: TLSSocket) => void): void {
    const name = connectionName(socket)
    this.#waiting.set(name, done)
    socket.once('close', () => {
      if (this.#waiting.get(name) === done) this.#waiting.delete(name)
    })
    this.#server.emit('connection', socket)
  }

  /** Shows another certificate from the next handshake on; throws a TurnError and keeps the old one when it cannot be used. */
  setCertificate(certificate: KeyPair): void {
    checkKeyPair(certificate)
    this.#server.setSecureContext({ ...tlsPolicy, ...certificate })
  }
}

/** Throws a TurnError for texts that are no certificate, no key, or not each other's. */
export function checkKeyPair({ cert, key }: KeyPair): void {
  try {
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return
  } catch (error) {
    throw new TurnError('TURN_BAD_CERTIFICATE', 'the certificate or its key is no PEM', error)
  }
  throw new TurnError('TURN_BAD_CERTIFICATE', 'the private key belongs to another certificate')
}

/** Names a connection by both ends, which a TLS stream shares with the TCP connection beneath it and with no other. */
export function connectionName({
  remoteAddress,
  remotePort,
  localAddress,
  localPort,
}: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}
