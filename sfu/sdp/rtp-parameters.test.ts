import { getProducerRtpParametersMapping, validateAndNormalizeRtpParameters } from 'mediasoup/ortc'
import t from 'tap'
import { routerRtpCapabilities } from '../media/codecs.ts'
import { parseAnswer, parseOffer } from './parse-description.ts'
import { receiveCapabilities, rtpParametersFor } from './rtp-parameters.ts'
import { must, recorded } from './test/recorded.ts'
import type { RemoteSection } from './types.ts'

function sectionOf(sdp: string, index: number) {
  const section = must(parseOffer(sdp)).sections[index]
  if (!section) throw new Error('no such section')
  return section
}

function parametersOf(sdp: string, index: number, codec?: string, scalabilityMode?: string) {
  const options = { cname: 'alice', codec, routerCapabilities: routerRtpCapabilities }
  const svc = scalabilityMode === undefined ? {} : { scalabilityMode }
  return rtpParametersFor(sectionOf(sdp, index), { ...options, ...svc })
}

const chromium = recorded('chromium-media')
const firefox = recorded('firefox-media')

t.test('takes Opus under the number the client gave it, and never RED', async (t) => {
  const fromChromium = must(parametersOf(chromium, 1))
  t.match(fromChromium.codecs, [{ mimeType: 'audio/opus', payloadType: 111, channels: 2 }])
  t.equal(fromChromium.codecs.length, 1)
  t.match(fromChromium.rtcp, { cname: 'alice', reducedSize: true })
  t.match(must(parametersOf(firefox, 1)).codecs, [{ mimeType: 'audio/opus', payloadType: 109 }])
})

t.test('takes simulcast layers in the order of the client, lowest first', async (t) => {
  for (const sdp of [chromium, firefox]) {
    const { encodings, mid } = must(parametersOf(sdp, 2))
    t.strictSame(
      encodings?.map(({ rid }) => rid),
      ['q', 'h', 'f'],
    )
    t.equal(mid, '2')
  }
})

t.test('takes a paused layer for a layer', async (t) => {
  const sdp = chromium.replace('a=simulcast:send q;h;f', 'a=simulcast:send q;~h;f')
  t.strictSame(
    must(parametersOf(sdp, 2)).encodings?.map(({ rid }) => rid),
    ['q', 'h', 'f'],
  )
})

t.test('takes the stream and its RTX of plain video', async (t) => {
  for (const sdp of [chromium, firefox]) {
    const { encodings, codecs } = must(parametersOf(sdp, 3))
    t.match(encodings, [{ ssrc: Number, rtx: { ssrc: Number } }])
    t.match(codecs, [{ mimeType: 'video/VP8' }, { mimeType: 'video/rtx' }])
    t.equal(codecs[1]?.parameters?.['apt'], codecs[0]?.payloadType)
  }
})

t.test('takes the codec wanted first, and one that is usable when it is not there', async (t) => {
  for (const mimeType of ['video/VP9', 'video/H264', 'video/AV1']) {
    const { codecs } = must(parametersOf(chromium, 3, mimeType))
    t.equal(codecs[0]?.mimeType, mimeType)
    t.equal(codecs.length, 2, 'and its RTX')
  }
  t.equal(must(parametersOf(chromium, 3, 'video/H265')).codecs[0]?.mimeType, 'video/VP8')
})

t.test('gives a codec the same parameters whatever the client says', async (t) => {
  const sdp = chromium.replaceAll('minptime=10;useinbandfec=1', 'stereo=1;__proto__=1;cbr=1')
  t.strictSame(must(parametersOf(sdp, 1)).codecs[0]?.parameters, { minptime: 10, useinbandfec: 1 })
})

t.test('keeps the extensions the router reads, under the ids of the client', async (t) => {
  const video = must(parametersOf(firefox, 2)).headerExtensions ?? []
  t.match(
    video.find(({ uri }) => uri.endsWith('rtp-stream-id')),
    { id: 9 },
  )
  t.notOk(video.some(({ uri }) => uri.includes('playout-delay')))
  t.notOk(video.some(({ uri }) => uri.includes('dependency-descriptor')))
  const av1 = must(parametersOf(chromium, 3, 'video/AV1')).headerExtensions ?? []
  t.ok(av1.some(({ uri }) => uri.includes('dependency-descriptor')))
})

t.test('tells the layers of SVC, which no description says', async (t) => {
  t.match(must(parametersOf(chromium, 3, 'video/VP9', 'L3T3_KEY')).encodings, [
    { scalabilityMode: 'L3T3_KEY' },
  ])
  t.notMatch(must(parametersOf(chromium, 3, 'video/VP8', 'L3T3_KEY')).encodings, [
    { scalabilityMode: 'L3T3_KEY' },
  ])
})

t.test('does without ssrc lines where there is a mid in the packets', async (t) => {
  const sdp = chromium.replaceAll(/^a=ssrc.*\r\n/gm, '')
  t.strictSame(must(parametersOf(sdp, 3)).encodings, [{}])
  t.match(parametersOf(sdp.replaceAll(/^a=extmap:.*sdes:mid\r\n/gm, ''), 3), {
    ok: false,
    fault: { code: 'incomplete' },
  })
})

t.test('refuses a section without a codec of ours', async (t) => {
  const sdp = chromium.replaceAll('opus/48000/2', 'speex/16000')
  t.match(parametersOf(sdp, 1), { ok: false, fault: { code: 'unsupported' } })
})

t.test('mediasoup accepts what comes out', async (t) => {
  for (const [sdp, index] of [chromium, firefox].flatMap((sdp) =>
    [1, 2, 3].map((i) => [sdp, i] as const),
  )) {
    const parameters = must(parametersOf(sdp, index))
    validateAndNormalizeRtpParameters(parameters)
    t.ok(getProducerRtpParametersMapping(parameters, routerRtpCapabilities).codecs.length > 0)
  }
})

t.test('a client that described nothing may receive everything', async (t) => {
  const { codecs = [] } = receiveCapabilities(must(parseOffer(recorded('chromium-data'))).sections)
  t.equal(codecs.length, routerRtpCapabilities.codecs?.length)
})

t.test('a client receives the codecs that it answered with', async (t) => {
  const mimeTypesOf = (name: Parameters<typeof recorded>[0]) =>
    receiveCapabilities(must(parseAnswer(recorded(name))).sections).codecs?.map(
      ({ mimeType }) => mimeType,
    )
  t.ok(mimeTypesOf('chromium-answer')?.includes('video/AV1'))
  t.ok(mimeTypesOf('firefox-answer')?.includes('video/VP9'))
  const { sections } = must(parseOffer(chromium))
  const withoutVp9 = sections.filter(({ kind }) => kind === 'audio')
  t.ok(receiveCapabilities(withoutVp9).codecs?.some(({ mimeType }) => mimeType === 'video/VP9'))
})

t.test('many codecs with many feedback lines cost no more than a look at each line', (t) => {
  const lines = 2_000
  let read = 0
  const line = {
    get payload() {
      read += 1
      return '*'
    },
    type: 'nack',
  }
  const payloads = Array.from({ length: 100 }, (_, index) => index)
  const media = {
    payloads: payloads.join(' '),
    rtp: payloads.map((payload) => ({ payload, codec: 'VP8', rate: 90_000 })),
    fmtp: [],
    rtcpFb: Array(lines).fill(line),
    ext: [{ value: 1, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' }],
  }
  const section = { mid: '1', kind: 'video', direction: 'sendonly', media }
  const made = rtpParametersFor(section as unknown as RemoteSection, {
    cname: 'cname',
    codec: undefined,
    routerCapabilities: routerRtpCapabilities,
  })
  t.ok(made.ok)
  t.ok(read <= 20 * lines, `${read} looks at ${lines} lines`)
  t.end()
})
