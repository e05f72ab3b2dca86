/** What a client says first in a TLS handshake, as far as it concerns who is to answer. */
export type ClientHello = Readonly<{ serverName: string; protocols: readonly string[] }>

/** TLS's own numbers (RFC 8446 §4, §5.1; RFC 6066 §3; RFC 7301 §3.1). */
const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const ALPN = 16

/** No client needs more to introduce itself. */
const MAX_BYTES = 16_384 + 5

/**
 * Reads a ClientHello from the first bytes of a connection. `more` while it is not whole; `other` for anything else,
 * which is for the TLS library to refuse.
 */
export function parseClientHello(bytes: Buffer): ClientHello | 'more' | 'other' {
  const message = handshakeMessage(bytes)
  if (typeof message === 'string') return message
  try {
    return readHello(new Reader(message))
  } catch (error) {
    if (error instanceof RangeError) return 'other'
    throw error
  }
}

function handshakeMessage(bytes: Buffer): Buffer | 'more' | 'other' {
  const joined = bytes.length > MAX_BYTES ? undefined : joinRecords(bytes)
  if (joined === undefined) return 'other'
  if (joined.length > 0 && joined[0] !== CLIENT_HELLO) return 'other'
  if (joined.length < 4) return 'more'
  const end = 4 + joined.readUIntBE(1, 3)
  if (end > MAX_BYTES) return 'other'
  return joined.length < end ? 'more' : joined.subarray(4, end)
}

/** Joins what the records hold so far; `undefined` when one of them is no part of a handshake. */
function joinRecords(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== HANDSHAKE) return undefined
    if (bytes.length < at + 5) break
    const end = at + 5 + bytes.readUInt16BE(at + 3)
    parts.push(bytes.subarray(at + 5, end))
    at = end
  }
  return Buffer.concat(parts)
}

/** Reads numbers and vectors; throws a RangeError at the end of the bytes. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  number(size: 1 | 2): number {
    const value = this.#bytes.readUIntBE(this.#at, size)
    this.#at += size
    return value
  }

  skip(count: number): void {
    this.#take(count)
  }

  vector(lengthSize: 1 | 2): Reader {
    return new Reader(this.#take(this.number(lengthSize)))
  }

  text(lengthSize: 1 | 2): string {
    return this.#take(this.number(lengthSize)).toString('latin1')
  }

  #take(count: number): Buffer {
    const end = this.#at + count
    if (end > this.#bytes.length) throw new RangeError('the message ends early')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}

/** The parts of RFC 8446 §4.1.2, in their order. */
function readHello(hello: Reader): ClientHello {
  hello.skip(2 + 32)
  hello.vector(1)
  hello.vector(2)
  hello.vector(1)
  let serverName = ''
  let protocols: string[] = []
  const extensions = hello.isAtEnd ? undefined : hello.vector(2)
  while (extensions && !extensions.isAtEnd) {
    const type = extensions.number(2)
    const body = extensions.vector(2)
    if (type === SERVER_NAME) serverName = readServerName(body)
    else if (type === ALPN) protocols = readProtocols(body)
  }
  return { serverName, protocols }
}

function readServerName(body: Reader): string {
  if (body.isAtEnd) return ''
  const list = body.vector(2)
  while (!list.isAtEnd) {
    const isHostName = list.number(1) === 0
    const name = list.text(2)
    if (isHostName) return name
  }
  return ''
}

function readProtocols(body: Reader): string[] {
  const list = body.vector(2)
  const names: string[] = []
  while (!list.isAtEnd) names.push(list.text(1))
  return names
}
