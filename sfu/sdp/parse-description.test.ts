import t from 'tap'
import { parseAnswer, parseOffer } from './parse-description.ts'
import { must, recorded } from './test/recorded.ts'

const data = recorded('chromium-data')

function faultOf(sdp: string, parse = parseOffer) {
  const result = parse(sdp)
  return result.ok ? 'accepted' : result.fault.code
}

t.test('reads a browser that only opens data channels', async (t) => {
  const offer = must(parseOffer(data))
  t.match(offer.sections, [{ mid: '0', kind: 'application', direction: 'sendrecv' }])
  t.equal(offer.dtlsParameters.role, 'auto', 'actpass leaves the choice')
  t.match(offer.dtlsParameters.fingerprints, [{ algorithm: 'sha-256', value: /^[0-9A-F]{2}:/ }])
  t.ok(offer.extmapAllowMixed)
})

t.test('reads sound, simulcast and plain video of Chromium and Firefox', async (t) => {
  for (const browser of ['chromium', 'firefox'] as const) {
    const { sections } = must(parseOffer(recorded(`${browser}-media`)))
    t.match(sections, [
      { mid: '0', kind: 'application' },
      { mid: '1', kind: 'audio', direction: 'sendonly', trackId: /^[0-9a-f-]{36}$/ },
      { mid: '2', kind: 'video', direction: 'sendonly', streamId: /^[0-9a-f-]{36}$/ },
      { mid: '3', kind: 'video', direction: 'sendonly' },
    ])
  }
})

t.test('reads an unpublished section as inactive, whatever its msid', async (t) => {
  for (const browser of ['chromium', 'firefox'] as const) {
    const { sections } = must(parseOffer(recorded(`${browser}-unpublished`)))
    t.equal(sections[2]?.direction, 'inactive', browser)
  }
})

t.test('reads answers with their decided role', async (t) => {
  for (const browser of ['chromium', 'firefox'] as const) {
    const answer = must(parseAnswer(recorded(`${browser}-answer`)))
    t.equal(answer.dtlsParameters.role, 'client')
    t.equal(answer.sections[0]?.mid, 'data')
    t.match(answer.sections[1], { mid: '0', direction: 'recvonly' })
  }
})

t.test('reads a refused section as inactive: Firefox without H.264', async (t) => {
  const { sections } = must(parseAnswer(recorded('firefox-answer')))
  const refused = sections.filter(({ media }) => media.port === 0)
  t.match(refused, [{ mid: '2', direction: 'inactive' }])
})

t.test('takes a lone dash as no stream (RFC 8830 §2)', async (t) => {
  const sdp = recorded('firefox-media').replace(/a=msid:\S+/g, 'a=msid:-')
  const { sections } = must(parseOffer(sdp))
  t.equal(sections[1]?.streamId, undefined)
  t.match(sections[1]?.trackId, /^[0-9a-f-]{36}$/)
})

t.test('reads msid from the ssrc line of an older client', async (t) => {
  const sdp = recorded('chromium-media').replaceAll(/^a=msid:.*\r\n/gm, '')
  t.match(must(parseOffer(sdp)).sections[1], { streamId: /^[0-9a-f-]{36}$/ })
})

t.test('takes bundle-only sections at port 0 for offered (RFC 9143 §6)', async (t) => {
  const sdp = recorded('chromium-media').replace(/m=video 9 /, 'm=video 0 ')
  t.equal(must(parseOffer(sdp)).sections[2]?.direction, 'inactive', 'refused without it')
  const bundled = sdp.replace(/(m=video 0 .*\r\n)/, '$1a=bundle-only\r\n')
  t.equal(must(parseOffer(bundled)).sections[2]?.direction, 'sendonly')
})

t.test('refuses what is not one bundled transport', async (t) => {
  const media = recorded('chromium-media')
  t.equal(faultOf(media.replace(/a=group:BUNDLE.*\r\n/, '')), 'unsupported', 'no bundle')
  t.equal(faultOf(media.replaceAll('a=rtcp-mux\r\n', '')), 'unsupported', 'no rtcp-mux')
  t.equal(faultOf(media.replace('a=mid:2\r\n', 'a=mid:1\r\n')), 'unsupported', 'a mid twice')
  t.equal(faultOf(data.replace('t=0 0', 't=0 0\r\na=ice-lite')), 'unsupported', 'both ice-lite')
})

t.test('refuses what lacks a part of the transport', async (t) => {
  t.equal(faultOf(data.replace(/a=ice-pwd:.*\r\n/, '')), 'incomplete')
  t.equal(faultOf(data.replace(/a=ice-pwd:.*/, 'a=ice-pwd:short')), 'incomplete')
  t.equal(faultOf(data.replace(/a=fingerprint:.*\r\n/, '')), 'incomplete')
  t.equal(faultOf(data.replace(/a=fingerprint:sha-256/, 'a=fingerprint:sha-1')), 'incomplete')
  t.equal(faultOf(data.replace(/a=setup:.*\r\n/, '')), 'incomplete')
  t.equal(faultOf(data, parseAnswer), 'incomplete', 'an answer cannot leave the role open')
  t.equal(faultOf(data.replace(/a=mid:.*\r\n/, '')), 'incomplete')
})

t.test('refuses other kinds and protocols', async (t) => {
  t.equal(faultOf(data.replace('m=application', 'm=text')), 'unsupported')
  t.equal(
    faultOf(recorded('chromium-media').replace('UDP/TLS/RTP/SAVPF', 'RTP/AVP')),
    'unsupported',
  )
})

t.test('bounds the length, the lines and the sections', async (t) => {
  t.equal(faultOf(''), 'unparsable')
  t.equal(faultOf('a=x\r\n'.repeat(110_000)), 'tooLarge')
  t.equal(faultOf(`${data}a=${'x'.repeat(4100)}\r\n`), 'unsupported')
  t.equal(faultOf(`${data}${'m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n'.repeat(300)}`), 'tooLarge')
})
