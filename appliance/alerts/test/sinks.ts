import { once } from 'node:events'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Test } from 'tap'
import type { CertificatePair } from '../../../scripts/test/certificate-authority.ts'
import type { AlertMessage, AlertNotice } from '../message.ts'

/** One alert that fires. */
export const NOTICE: AlertNotice = {
  id: 'loss',
  title: 'Packets are lost',
  severity: 'warning',
  condition: 'p95 above 3 % for 1 minute',
  value: '5.1 %',
  text: 'People hear gaps.',
  fix: 'Look at the calls page.',
  change: 'firing',
  sinceMs: 1_800_000_000_000,
}

/** A message of these alerts. */
export function messageOf(...notices: AlertNotice[]): AlertMessage {
  return {
    kind: notices.length === 0 ? 'test' : 'alerts',
    server: 'calls.example.org',
    url: 'https://calls.example.org:8444/admin/alerts',
    atMs: 1_800_000_000_000,
    notices,
  }
}

/** What a webhook was sent. */
export type Posted = Readonly<{ url: string; type: string | undefined; body: string }>

/** A web server on loopback that keeps what it is posted and answers what the test says. */
export async function httpSink(
  t: Test,
  options: Readonly<{
    answer?: (response: ServerResponse, posted: Posted) => void
    tls?: CertificatePair
  }> = {},
) {
  const { answer = (response) => response.end('ok'), tls } = options
  const posted: Posted[] = []
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { url = '', headers } = request
    const one = { url, type: headers['content-type'], body: Buffer.concat(chunks).toString() }
    posted.push(one)
    answer(response, one)
  }
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    take(request, response).catch((error: unknown) => response.destroy(error as Error))
  }
  const server = tls ? createHttps(tls, handle) : createHttp(handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = new URL(`${tls ? 'https' : 'http'}://127.0.0.1:${port}/hooks/the-secret`)
  return { posted, url, port }
}

/** How a mail server of a test behaves. */
export type SmtpSinkOptions = Readonly<{
  /** Offered by STARTTLS, or spoken at once with `fromTheStart`. */
  tls?: CertificatePair
  fromTheStart?: boolean
  /** The `user password` that is admitted. */
  login?: string
  /** What it says instead, by command: `MAIL`, `RCPT`, `DATA`. */
  says?: Readonly<Record<string, string>>
  isSilent?: boolean
}>

/** A mail server on loopback: as much of SMTP as a client needs to hand over a mail. */
export async function smtpSink(t: Test, options: SmtpSinkOptions = {}) {
  const mails: string[] = []
  const commands: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    if (options.isSilent) return
    const talk = new SmtpTalk(options, { mails, commands })
    if (options.fromTheStart) talk.encrypt(socket)
    else talk.greet(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { mails, commands, port: (server.address() as AddressInfo).port }
}

class SmtpTalk {
  readonly #options: SmtpSinkOptions
  readonly #heard: Readonly<{ mails: string[]; commands: string[] }>
  #isEncrypted = false
  #mail: string[] | undefined

  constructor(options: SmtpSinkOptions, heard: Readonly<{ mails: string[]; commands: string[] }>) {
    this.#options = options
    this.#heard = heard
  }

  greet(socket: Socket): void {
    this.#listen(socket)
    socket.write('220 sink ESMTP\r\n')
  }

  encrypt(socket: Socket): void {
    const { tls } = this.#options
    if (tls === undefined) throw new Error('a mail server with TLS needs a certificate')
    socket.removeAllListeners('data')
    const secure = new TLSSocket(socket, { isServer: true, ...tls })
    secure.on('error', () => socket.destroy())
    const isFirst = !this.#isEncrypted && this.#options.fromTheStart === true
    this.#isEncrypted = true
    if (isFirst) this.greet(secure)
    else this.#listen(secure)
  }

  #listen(socket: Socket): void {
    let rest = ''
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#take(line, socket)
    })
  }

  #take(line: string, socket: Socket): void {
    if (this.#mail === undefined) this.#command(line, socket)
    else if (line !== '.') this.#mail.push(line)
    else {
      this.#heard.mails.push(this.#mail.join('\n'))
      this.#mail = undefined
      socket.write('250 taken\r\n')
    }
  }

  #command(line: string, socket: Socket): void {
    this.#heard.commands.push(line)
    const [verb = ''] = line.toUpperCase().split(' ')
    const { says = {} } = this.#options
    const answer = says[verb] ?? this.#answerTo(verb, line)
    if (verb === 'DATA' && answer.startsWith('354')) this.#mail = []
    socket.write(`${answer}\r\n`)
    if (verb === 'STARTTLS' && answer.startsWith('220')) this.encrypt(socket)
  }

  #answerTo(verb: string, line: string): string {
    switch (verb) {
      case 'EHLO':
        return this.#offers()
      case 'STARTTLS':
        return this.#options.tls ? '220 go on' : '502 no'
      case 'AUTH':
        return loginOf(line) === this.#options.login ? '235 welcome' : '535 not with the-password'
      default:
        return verb === 'DATA' ? '354 go on' : '250 ok'
    }
  }

  #offers(): string {
    const { tls, login } = this.#options
    const offers = [
      ...(tls && !this.#isEncrypted ? ['250-STARTTLS'] : []),
      ...(login ? ['250-AUTH PLAIN'] : []),
    ]
    return ['250-sink', ...offers, '250 SIZE 100000'].join('\r\n')
  }
}

/** The user and the password of `AUTH PLAIN` (RFC 4616 §2). */
function loginOf(line: string): string {
  const text = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString()
  return text.split('\0').slice(1).join(' ')
}
