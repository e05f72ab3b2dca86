import { PassThrough } from 'node:stream'
import t from 'tap'
import { defaults } from './config/defaults.ts'
import { stunUrls, turnUrls } from './ice-urls.ts'
import { mediaPorts } from './media-ports.ts'
import {
  announceStart,
  mattermostIceServers,
  type StartFacts,
  startText,
  startWarnings,
  type WarningFacts,
} from './start-output.ts'
import type { AcmeSettings } from './tls/acme/settings.ts'
import type { CertificateLife, CertificateSource } from './tls/certificate-words.ts'

const facts: StartFacts = {
  version: '1.2.3',
  readyAfterMs: 2345,
  publicOrigin: 'https://192.0.2.1:8444',
  localOrigin: 'http://localhost:8080',
  setupLink: 'https://192.0.2.1:8444/admin/setup?code=abc',
  demoLink: 'http://localhost:8080/call/demo?token=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.sig',
  ice: { host: '192.0.2.1', port: 3478, tlsPort: 5349, webPort: 443 },
  turnSecret: 'turn-secret',
  livekit: { url: 'wss://192.0.2.1:8444', key: 'APIkey', secret: 'livekit-secret' },
  selfTest: [
    { transport: 'udp', ok: true, rttMs: 0.31, problem: undefined, fix: undefined },
    { transport: 'tcp', ok: false, rttMs: undefined, problem: 'No answer.', fix: 'Look.' },
  ],
  warnings: [{ message: 'It rains.', fix: 'Take an umbrella.' }],
}

const everyFact = [
  '1.2.3',
  facts.setupLink ?? '',
  facts.demoLink,
  'https://192.0.2.1:8444/call/demo?token=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.sig',
  'http://localhost:8080',
  'turn-secret',
  'wss://192.0.2.1:8444',
  'APIkey',
  'livekit-secret',
  'turns:192.0.2.1:5349?transport=tcp',
  'turns:192.0.2.1:443?transport=tcp',
  'UDP 0.3 ms, TCP failed',
  'It rains.',
  'Take an umbrella.',
]

const roomyKernel = {
  udpReceiveBufferErrors: 0,
  rmemMaxBytes: 16777216,
  wmemMaxBytes: 16777216,
  optmemMaxBytes: 0,
}

t.test('shows every fact in a terminal', async (t) => {
  const text = startText(facts, { colour: false })
  for (const fact of [...everyFact, mattermostIceServers(facts.ice)]) t.match(text, fact)
  t.notMatch(text, '\u001b')
  t.match(startText(facts, { colour: true }), '\u001b[32m')
  const later = startText({ ...facts, setupLink: undefined, warnings: [] }, { colour: false })
  t.match(later, 'https://192.0.2.1:8444/admin\n')
  t.notMatch(later, /setup|Warning/)
})

t.test('writes the same facts as log lines where there is no terminal', async (t) => {
  const stream = new PassThrough({ encoding: 'utf8' })
  announceStart(facts, stream)
  const text = String(stream.read())
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.equal(lines[0].msg, 'ready')
  for (const fact of everyFact) t.match(text, fact)
  t.equal(
    lines.find((line) => 'iceServersConfigurations' in line).iceServersConfigurations,
    mattermostIceServers(facts.ice),
  )
  t.match(lines.at(-1), { level: 'warn', msg: 'It rains.', fix: 'Take an umbrella.' })
  t.notMatch(text, '\u001b')
})

t.test('gives Mattermost a list of servers that is valid JSON', async (t) => {
  t.same(JSON.parse(mattermostIceServers(facts.ice)), [
    { urls: ['stun:192.0.2.1:3478'] },
    { urls: ['turn:192.0.2.1:3478?transport=udp', 'turn:192.0.2.1:3478?transport=tcp'] },
  ])
})

t.test('gives TLS to clients only where they believe the certificate', async (t) => {
  t.equal(turnUrls(facts.ice).length, 2)
  t.same(turnUrls({ ...facts.ice, tlsTrusted: true }).slice(2), [
    'turns:192.0.2.1:5349?transport=tcp',
    'turns:192.0.2.1:443?transport=tcp',
  ])
})

t.test('writes IPv6 hosts in brackets (RFC 7064, RFC 7065)', async (t) => {
  t.same(stunUrls({ host: '2001:db8::1', port: 3478 }), ['stun:[2001:db8::1]:3478'])
  t.match(turnUrls({ host: '2001:db8::1', port: 3478 })[0], 'turn:[2001:db8::1]:3478?')
})

t.test(
  'warns of small buffers, doubtful certificates and further ports, each with its fix',
  (t) => {
    const calm: WarningFacts = {
      found: [],
      kernel: roomyKernel,
      certificate: life(60),
      acme: undefined,
      mediaPorts: [{ udp: 8443, tcp: 8443 }],
      selfTest: [],
      deniedReached: [],
    }
    t.same(startWarnings(calm), [])
    const fixOf = (changed: Partial<WarningFacts>) =>
      startWarnings({ ...calm, ...changed }).map(({ message, fix }) => `${message} ${fix}`)
    t.match(fixOf({ kernel: { ...roomyKernel, rmemMaxBytes: 212992 } }), [
      /callbox tune --apply sets net\.core\.rmem_max=16777216,/,
    ])
    const selfSigned = life(60, 'self-signed')
    t.match(fixOf({ certificate: selfSigned }), [/self-signed.*web\.tls\.mode/])
    t.match(fixOf({ certificate: life(3) }), [/expires in 3 days.*web\.tls\.cert_file/])
    t.match(fixOf({ certificate: life(3, 'uploaded') }), [/expires in 3 days.*Upload/])
    t.match(fixOf({ certificate: life(-1) }), [/expired on \d/])
    t.same(fixOf({ certificate: undefined }), [], 'the proxy in front has one')
    const settings = { domain: 'calls.example.org' } as AcmeSettings
    t.match(fixOf({ certificate: selfSigned, acme: { settings, problem: undefined } }), [
      /calls\.example\.org is on order/,
    ])
    const problem = { message: 'Nobody there.', fix: 'Look.' }
    t.match(fixOf({ certificate: selfSigned, acme: { settings, problem } }), [
      'Nobody there. Look.',
    ])
    t.match(fixOf({ certificate: life(60, 'acme'), acme: { settings, problem } }), [/Nobody there/])
    t.match(fixOf({ selfTest: facts.selfTest }), [/No answer\. Look\./])
    const open = {
      name: 'private',
      address: '10.0.0.1:9',
      asked: true,
      refused: false,
      detail: 'granted',
    }
    t.match(fixOf({ deniedReached: [open] }), [/10\.0\.0\.1:9.*turn\.allowed_peers/])
    const two = [...calm.mediaPorts, { udp: 8445, tcp: 8445 }]
    t.match(fixOf({ mediaPorts: two }), [/port 8445 \(UDP and TCP\) besides 8443.*rtc\.workers/])
    t.same(startWarnings({ ...calm, found: facts.warnings }), facts.warnings)
    t.end()
  },
)

t.test('gives each further media worker the next port that no option uses', async (t) => {
  const config = (workers: number, udp_port = 8443) => ({
    ...defaults,
    livekit: { keys: {}, webhook: { urls: [] } },
    rtc: { ...defaults.rtc, workers, udp_port, tcp_port: udp_port },
  })
  t.same(mediaPorts(config(1)), [{ udp: 8443, tcp: 8443 }])
  t.same(
    mediaPorts(config(4)).map(({ udp }) => udp),
    [8443, 8445, 8446, 8447],
  )
  t.same(
    mediaPorts(config(3, 49150)).map(({ udp }) => udp),
    [49150, 49151, 1024],
    'never among the relay ports',
  )
})

/** A certificate that is good for so many days and some hours. */
function life(days: number, source: CertificateSource = 'files'): CertificateLife {
  return { source, validFromMs: 0, validUntilMs: Date.now() + (days + 0.5) * 86_400_000 }
}
