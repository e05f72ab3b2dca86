import t from 'tap'
import { CertificateAuthority } from '../../../scripts/test/certificate-authority.ts'
import { defaults } from '../../config/defaults.ts'
import type { Config } from '../../config/schema.ts'
import { messageOf, NOTICE, type SmtpSinkOptions, smtpSink } from '../test/sinks.ts'
import { ChannelFault } from './channel.ts'
import { smtpChannel } from './smtp.ts'

type Smtp = Config['alerts']['smtp']

const authority = await CertificateAuthority.create()
const tls = await authority.issue({ hosts: ['sink'], ips: ['127.0.0.1'] })
const never = new AbortController().signal

/** A mail server of that kind, and what came of a mail that was handed to it. */
async function mail(
  t: import('tap').Test,
  sink: SmtpSinkOptions,
  more: Partial<Smtp> = {},
  ca = [authority.cert],
) {
  const server = await smtpSink(t, sink)
  const channel = smtpChannel(
    {
      ...defaults.alerts.smtp,
      host: '127.0.0.1',
      port: server.port,
      from: 'callbox@example.org',
      to: ['ops@example.org', 'night@example.org'],
      ...more,
    },
    { timeoutMs: 500, ca },
  )
  const outcome = await channel.send(messageOf(NOTICE), never).catch((error: unknown) => {
    if (error instanceof ChannelFault) return { why: error.message, isFinal: error.isFinal }
    throw error
  })
  return { ...server, outcome }
}

t.test('sends a mail by STARTTLS, with a log-in that only TLS carries', async (t) => {
  const login = 'callbox the-password'
  const { outcome, mails, commands } = await mail(
    t,
    { tls, login },
    { user: 'callbox', password: 'the-password' },
  )
  t.equal(outcome, 'taken for 2 addresses')
  const starts = commands.indexOf('STARTTLS')
  const logsIn = commands.findIndex((line) => line.startsWith('AUTH'))
  t.ok(starts >= 0 && logsIn > starts)
  t.match(commands.join('\n'), /RCPT TO:<ops@[\s\S]*RCPT TO:<night@/)
  const [text = ''] = mails
  t.match(text, /^From: Callbox <callbox@example.org>$/m)
  t.match(text, /^Subject: Packets are lost on calls.example.org$/m)
  t.match(text, /^Auto-Submitted: auto-generated$/m)
  t.match(text, /Warning: Packets are lost \(5\.1 %\)\nPeople hear gaps\./)
  t.match(text, 'https://calls.example.org:8444/admin/alerts')
})

t.test('sends by TLS from the start, and in plain where that is asked for', async (t) => {
  const implicit = await mail(t, { tls, fromTheStart: true }, { tls: 'tls', to: ['a@example.org'] })
  t.equal(implicit.outcome, 'taken for one address')
  const plain = await mail(t, {}, { tls: 'none' })
  t.equal(plain.outcome, 'taken for 2 addresses')
})

t.test('sends nothing to who offers no TLS, or none that can be trusted', async (t) => {
  const stripped = await mail(t, { login: 'a b' }, { user: 'a', password: 'b' })
  t.match(stripped.outcome, { why: /no TLS/, isFinal: true })
  t.notMatch(stripped.commands.join('\n'), /AUTH|MAIL/)
  const untrusted = await mail(t, { tls }, {}, [])
  t.match(untrusted.outcome, { why: /certificate is not trusted here/ })
  t.notMatch(untrusted.commands.join('\n'), /MAIL/)
})

t.test('says what the server refuses, and never the words of the server', async (t) => {
  const wrong = await mail(t, { tls, login: 'a b' }, { user: 'a', password: 'wrong' })
  t.same(wrong.outcome, { why: 'it refuses the user or the password (535)', isFinal: true })
  const sender = await mail(t, { tls, says: { MAIL: '550 no such sender' } })
  t.same(sender.outcome, { why: 'it refuses the sender or a recipient (550)', isFinal: true })
  const later = await mail(t, { tls, says: { MAIL: '451 come again' } })
  t.match(later.outcome, { isFinal: false })
})

t.test('gives up who is silent, or not there, or when told to stop', async (t) => {
  const silent = await mail(t, { isSilent: true })
  t.same(silent.outcome, { why: 'it did not answer in time', isFinal: false })
  const nobody = await mail(t, {}, { port: 9 })
  t.same(nobody.outcome, { why: 'nothing listens there', isFinal: false })
  const { port } = await smtpSink(t, { isSilent: true })
  const smtp = { ...defaults.alerts.smtp, host: '127.0.0.1', port, from: 'a@b.cc', to: ['a@b.cc'] }
  const stopped = new AbortController()
  const sending = smtpChannel(smtp).send(messageOf(NOTICE), stopped.signal)
  stopped.abort()
  await t.rejects(sending, ChannelFault)
})
