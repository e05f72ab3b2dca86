import t from 'tap'
import { routerRtpCapabilities } from '../media/codecs.ts'
import { encodeAnswer } from './encode-answer.ts'
import { parseOffer } from './parse-description.ts'
import { rtpParametersFor } from './rtp-parameters.ts'
import { linesOf, must, recorded, sectionOf, transport } from './test/recorded.ts'
import type { OpusAnswer, RemoteSection, SectionAnswer } from './types.ts'

const offer = must(parseOffer(recorded('chromium-media')))

function receive(section: RemoteSection, opus?: OpusAnswer): [string, SectionAnswer] {
  const options = { cname: 'alice', codec: undefined, routerCapabilities: routerRtpCapabilities }
  const rtpParameters = must(rtpParametersFor(section, options))
  return [section.mid, { accept: 'receive', rtpParameters, ...(opus ? { opus } : {}) }]
}

const answers = new Map(
  offer.sections
    .filter(({ kind }) => kind !== 'application')
    .map((section) => receive(section, { dtx: true, stereo: false })),
)
const answer = encodeAnswer({ offer, transport, answers, version: 3 })

t.test('answers the sections in order, in one bundle, at port 9', async (t) => {
  t.match(linesOf(answer, 'a=group'), ['a=group:BUNDLE 0 1 2 3'])
  t.strictSame(
    linesOf(answer, 'm=').map((line) => line.split(' ').slice(0, 2).join(' ')),
    ['m=application 9', 'm=audio 9', 'm=video 9', 'm=video 9'],
  )
  t.match(linesOf(answer, 'o='), ['o=callbox 1 3 IN IP4 0.0.0.0'])
})

t.test('is ice-lite and passive, with all candidates once', async (t) => {
  t.equal(linesOf(answer, 'a=ice-lite').length, 1)
  t.ok(linesOf(answer, 'a=setup:').every((line) => line === 'a=setup:passive'))
  t.match(linesOf(answer, 'a=candidate:'), [
    'a=candidate:udpcandidate 1 udp 1076558079 203.0.113.5 8443 typ host',
    'a=candidate:udpcandidate 1 udp 1076302079 2001:db8::5 8443 typ host',
    'a=candidate:tcpcandidate 1 tcp 1076276479 203.0.113.5 8443 typ host tcptype passive',
  ])
  t.equal(linesOf(answer, 'a=end-of-candidates').length, 1)
  t.match(linesOf(answer, 'a=fingerprint:'), [/^a=fingerprint:sha-256 AB:AB/])
  t.equal(linesOf(answer, 'a=extmap-allow-mixed').length, 1)
})

t.test('is active towards a client that insists on being the DTLS server', async (t) => {
  const passive = must(parseOffer(recorded('chromium-data').replace('actpass', 'passive')))
  const reply = encodeAnswer({ offer: passive, transport, answers: new Map(), version: 1 })
  t.match(linesOf(reply, 'a=setup:'), ['a=setup:active'])
})

t.test('takes data with the size mediasoup takes', async (t) => {
  t.match(sectionOf(answer, '0').slice(-2), ['a=sctp-port:5000', 'a=max-message-size:262144'])
})

t.test('steers the Opus encoder of each section', async (t) => {
  t.match(linesOf(answer, 'a=fmtp:111'), ['a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1'])
  const section = offer.sections[1]
  if (!section) throw new Error('no audio section')
  const music = new Map([receive(section, { dtx: false, stereo: true })])
  t.match(linesOf(encodeAnswer({ offer, transport, answers: music, version: 1 }), 'a=fmtp:111'), [
    'a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;maxaveragebitrate=510000',
  ])
})

t.test('receives simulcast by rid', async (t) => {
  const lines = sectionOf(answer, '2')
  t.match(lines, [/^m=video 9 UDP\/TLS\/RTP\/SAVPF 96 97$/])
  for (const line of ['a=rid:q recv', 'a=rid:f recv', 'a=simulcast:recv q;h;f', 'a=recvonly']) {
    t.ok(lines.includes(line), line)
  }
  for (const feedback of ['nack', 'nack pli', 'ccm fir', 'transport-cc', 'goog-remb']) {
    t.ok(lines.includes(`a=rtcp-fb:96 ${feedback}`), feedback)
  }
})

t.test('answers what it does not receive inactive, with its format and extensions', async (t) => {
  const idle = encodeAnswer({ offer, transport, answers: new Map(), version: 1 })
  const lines = sectionOf(idle, '2')
  t.match(lines[0], 'm=video 9 UDP/TLS/RTP/SAVPF 96')
  t.ok(lines.includes('a=inactive'))
  t.ok(lines.includes('a=rtpmap:96 VP8/90000'))
  t.ok(lines.some((line) => line.startsWith('a=extmap:') && line.endsWith(':rtp-stream-id')))
})

t.test('keeps the same parameters for a payload type wherever it stands', async (t) => {
  const two = encodeAnswer({
    offer,
    transport,
    answers: new Map([...answers].filter(([mid]) => mid !== '1')),
    version: 1,
  })
  for (const reply of [answer, two]) {
    t.equal(new Set(linesOf(reply, 'a=fmtp:111')).size, 1)
    t.equal(new Set(linesOf(reply, 'a=rtpmap:96')).size, 1)
  }
})

t.test(
  'answers placeholders inactive, and carries the transport on the first of them',
  async (t) => {
    const rust = must(parseOffer(recorded('rust-media')))
    t.match(rust.sections.at(-1), { mid: '14', direction: 'sendonly', streamId: undefined })
    const microphone = rust.sections.at(-1)
    if (!microphone) throw new Error('no microphone section')
    const received = new Map([receive(microphone)])
    const reply = encodeAnswer({ offer: rust, transport, answers: received, version: 2 })
    t.match(linesOf(reply, 'a=group'), ['a=group:BUNDLE 7 8 9 10 11 12 13 14'])
    t.ok(sectionOf(reply, '7').includes('a=inactive'))
    t.ok(sectionOf(reply, '7').includes('a=end-of-candidates'))
    t.ok(sectionOf(reply, '14').includes('a=recvonly'))
    t.equal(linesOf(reply, 'a=recvonly').length, 1)
  },
)
