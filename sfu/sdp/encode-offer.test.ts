import t from 'tap'
import { encodeOffer } from './encode-offer.ts'
import { linesOf, sectionOf, transport } from './test/recorded.ts'
import type { OfferSlot } from './types.ts'

const slots: OfferSlot[] = [
  {
    mid: '0',
    kind: 'video',
    sending: {
      streamId: 'PA_1|TR_1',
      trackId: 'TR_1',
      rtpParameters: {
        mid: '0',
        codecs: [
          {
            mimeType: 'video/VP8',
            payloadType: 96,
            clockRate: 90_000,
            parameters: {},
            rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }],
          },
          {
            mimeType: 'video/rtx',
            payloadType: 100,
            clockRate: 90_000,
            parameters: { apt: 96 },
          },
        ],
        headerExtensions: [{ id: 1, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' }],
        encodings: [{ ssrc: 1234, rtx: { ssrc: 1235 } }],
        rtcp: { cname: 'alice' },
      },
    },
  },
  { mid: '1', kind: 'audio', sending: undefined },
]
const offer = encodeOffer({ transport, slots, version: 7, dataMid: 'data' })

t.test('puts the data section first and leaves the role to the client', async (t) => {
  t.match(linesOf(offer, 'a=group'), ['a=group:BUNDLE data 0 1'])
  t.match(linesOf(offer, 'm='), [
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'm=video 9 UDP/TLS/RTP/SAVPF 96 100',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  ])
  t.ok(linesOf(offer, 'a=setup:').every((line) => line === 'a=setup:actpass'))
  t.match(linesOf(offer, 'o='), [/ 7 IN IP4 /])
})

t.test('names the track, its streams and its repair', async (t) => {
  const lines = sectionOf(offer, '0')
  for (const line of [
    'a=sendonly',
    'a=msid:PA_1|TR_1 TR_1',
    'a=rtcp-mux',
    'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid',
    'a=rtcp-fb:96 nack pli',
    'a=fmtp:100 apt=96',
    'a=ssrc-group:FID 1234 1235',
    'a=ssrc:1234 cname:alice',
    'a=ssrc:1235 cname:alice',
  ]) {
    t.ok(lines.includes(line), line)
  }
})

t.test('keeps an idle slot in its place, inactive and without a track', async (t) => {
  const lines = sectionOf(offer, '1')
  t.ok(lines.includes('a=inactive'))
  t.notOk(lines.some((line) => /^a=(msid|ssrc)/.test(line)))
})

t.test('can do without data', async (t) => {
  const plain = encodeOffer({ transport, slots, version: 1, dataMid: undefined })
  t.match(linesOf(plain, 'a=group'), ['a=group:BUNDLE 0 1'])
  t.equal(linesOf(plain, 'a=candidate').length, 3, 'the candidates go to the first section')
})
