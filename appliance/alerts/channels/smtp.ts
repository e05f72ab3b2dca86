import { createTransport } from 'nodemailer'
import type { Config } from '../../config/schema.ts'
import { type AlertMessage, headlineOf, noticeLines, TEST_TEXT } from '../message.ts'
import { type Channel, ChannelFault } from './channel.ts'
import { connectionWords } from './connection-words.ts'
import { trustedAuthorities } from './post-json.ts'

/** How mail is sent; tests trust an authority of their own and wait less. */
export type SmtpOptions = Readonly<{ timeoutMs?: number; ca?: readonly string[] }>

const TIMEOUT_MS = 15_000

/** Sends mail by the configured server. Without TLS nothing is sent unless the configuration says so. */
export function smtpChannel(
  smtp: Config['alerts']['smtp'],
  { timeoutMs = TIMEOUT_MS, ca = trustedAuthorities() }: SmtpOptions = {},
): Channel {
  return {
    name: 'E-mail',
    kind: 'smtp',
    target: smtp.host,
    async send(message, signal) {
      const transport = createTransport({
        host: smtp.host,
        port: smtp.port,
        secure: smtp.tls === 'tls',
        requireTLS: smtp.tls === 'starttls',
        ignoreTLS: smtp.tls === 'none',
        ...(smtp.user === '' ? {} : { auth: { user: smtp.user, pass: smtp.password } }),
        tls: { ca: [...ca], minVersion: 'TLSv1.2' },
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        dnsTimeout: timeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      const limit = withLimit(timeoutMs * 2, signal)
      try {
        await Promise.race([transport.sendMail(mailOf(message, smtp)), limit.reached])
        return `taken for ${smtp.to.length === 1 ? 'one address' : `${smtp.to.length} addresses`}`
      } catch (error) {
        throw asFault(error)
      } finally {
        limit.callOff()
        transport.close()
      }
    },
  }
}

/** A server may answer a byte at a time, which no timeout of a connection ends. */
function withLimit(limitMs: number, signal: AbortSignal) {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = new ChannelFault('it did not answer in time', false)
  const giveUp = () => reject(late)
  const timer = setTimeout(giveUp, limitMs)
  signal.addEventListener('abort', giveUp)
  promise.catch(() => undefined) // it may be reached after the mail was sent
  const callOff = () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', giveUp)
  }
  return { reached: promise, callOff }
}

function mailOf(message: AlertMessage, { from, to }: Config['alerts']['smtp']) {
  const body =
    message.kind === 'test'
      ? [TEST_TEXT]
      : message.notices.flatMap((notice) => [...noticeLines(notice), ''])
  return {
    from: { name: 'Callbox', address: from },
    to: [...to],
    subject: headlineOf(message),
    text: [...body, '', `Alerts of ${message.server}: ${message.url}`, ''].join('\n'),
    // So that no absence note answers (RFC 3834 §5).
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** What nodemailer's codes mean; its texts may repeat what was sent. */
const WORDS: ReadonlyMap<string, Readonly<{ text: string; isFinal: boolean }>> = new Map([
  ['EAUTH', { text: 'it refuses the user or the password', isFinal: true }],
  ['ENOAUTH', { text: 'it wants a user and a password', isFinal: true }],
  ['ETLS', { text: 'it offers no TLS that can be trusted', isFinal: true }],
  ['EENVELOPE', { text: 'it refuses the sender or a recipient', isFinal: true }],
  ['EMESSAGE', { text: 'it refuses the message', isFinal: true }],
  ['EDNS', { text: 'the host’s name could not be looked up', isFinal: false }],
])

function asFault(error: unknown): ChannelFault {
  if (error instanceof ChannelFault) return error
  const code = textMember(error, 'code')
  const status = textMember(error, 'responseCode')
  const known = WORDS.get(code)
  if (known === undefined) return new ChannelFault(connectionWords(error), false)
  // 4xx answers are for now, 5xx for good (RFC 5321 §4.2.1).
  const isForNow = status.startsWith('4')
  return new ChannelFault(
    status === '' ? known.text : `${known.text} (${status})`,
    known.isFinal && !isForNow,
  )
}

function textMember(error: unknown, name: string): string {
  if (typeof error !== 'object' || error === null || !(name in error)) return ''
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
