import { setTimeout as delay } from 'node:timers/promises'
import { createWorker, type types } from 'mediasoup'
import {
  MediaStreamTrack,
  type RTCDataChannel,
  RTCPeerConnection,
  RtpHeader,
  RtpPacket,
  useOPUS,
} from 'werift'

// node self-check-call.ts WORKER: holds a call with that worker on loopback, in which the worker sends the
// client's own sound and messages back to it. Exit code 0 when both arrived, else the reason on stderr.

const payloadType = 96
const packetsWanted = 20
const message = Buffer.alloc(3000, 'callbox ')
const [, , workerBin = ''] = process.argv

const opus: types.RtpCodecParameters & { kind: 'audio'; preferredPayloadType: number } = {
  kind: 'audio',
  mimeType: 'audio/opus',
  clockRate: 48_000,
  channels: 2,
  payloadType,
  preferredPayloadType: payloadType,
}

/** Sends until enough came back; the caller's time limit ends a wait in vain. */
async function echoSound(track: MediaStreamTrack, returned: () => number): Promise<void> {
  for (let sent = 0; returned() < packetsWanted; sent++) {
    const header = new RtpHeader({
      payloadType,
      sequenceNumber: sent & 0xffff,
      timestamp: sent * 960,
    })
    track.writeRtp(new RtpPacket(header, Buffer.alloc(160, sent)))
    await delay(20)
  }
}

async function echoMessage(send: RTCDataChannel, receive: RTCDataChannel): Promise<void> {
  const arrival = new Promise<Buffer>((resolve) => {
    receive.onMessage.subscribe((data) => resolve(Buffer.from(data)))
  })
  if (send.readyState !== 'open') {
    await new Promise<void>((resolve) => {
      send.stateChanged.subscribe((state) => {
        if (state === 'open') resolve()
      })
    })
  }
  send.send(message)
  if (!message.equals(await arrival)) throw new Error('a data channel message came back changed')
}

/** Has the worker return, on this transport, what the client will send on it. */
async function wireEcho(router: types.Router, transport: types.WebRtcTransport, ssrc: number) {
  const producer = await transport.produce({
    kind: 'audio',
    rtpParameters: { codecs: [opus], encodings: [{ ssrc }] },
  })
  const consumer = await transport.consume({
    producerId: producer.id,
    rtpCapabilities: { codecs: router.rtpCapabilities.codecs ?? [], headerExtensions: [] },
  })
  const dataProducer = await transport.produceData({
    sctpStreamParameters: { streamId: 1, ordered: true },
  })
  const dataConsumer = await transport.consumeData({ dataProducerId: dataProducer.id })
  const returnedSsrc = consumer.rtpParameters.encodings?.[0]?.ssrc
  const streamId = dataConsumer.sctpStreamParameters?.streamId
  if (returnedSsrc === undefined || streamId === undefined) throw new Error('no way back was given')
  return { returnedSsrc, streamId }
}

/** The worker's transport as the answer (RFC 8829) to the client's offer. */
function answerOf(transport: types.WebRtcTransport, offer: string, returnedSsrc: number): string {
  const { iceParameters: ice, iceCandidates, dtlsParameters } = transport
  const print = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256')
  if (!print) throw new Error('the worker gave no sha-256 fingerprint')
  const mids = [...offer.matchAll(/^a=mid:(\S+)/gm)].map(([, mid]) => mid)
  const common = [
    'c=IN IP4 127.0.0.1',
    `a=ice-ufrag:${ice.usernameFragment}`,
    `a=ice-pwd:${ice.password}`,
    `a=fingerprint:sha-256 ${print.value}`,
    'a=setup:passive',
    ...iceCandidates.map(
      (it) => `a=candidate:${it.foundation} 1 udp ${it.priority} ${it.ip} ${it.port} typ host`,
    ),
    'a=end-of-candidates',
  ]
  const audio = [
    `m=audio 7 UDP/TLS/RTP/SAVPF ${payloadType}`,
    ...common,
    `a=mid:${mids[0]}`,
    'a=sendrecv',
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} opus/48000/2`,
    `a=ssrc:${returnedSsrc} cname:worker`,
  ]
  const data = [
    'm=application 7 UDP/DTLS/SCTP webrtc-datachannel',
    ...common,
    `a=mid:${mids[1]}`,
    `a=sctp-port:${transport.sctpParameters?.port}`,
    'a=max-message-size:262144',
  ]
  const session = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${mids.join(' ')}`,
    'a=ice-lite',
  ]
  return [...session, ...audio, ...data, ''].join('\r\n')
}

async function holdCall(worker: types.Worker): Promise<void> {
  const router = await worker.createRouter({ mediaCodecs: [opus] })
  const transport = await router.createWebRtcTransport({
    listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }],
    enableSctp: true,
  })
  const client = new RTCPeerConnection({
    bundlePolicy: 'max-bundle',
    codecs: { audio: [useOPUS({ payloadType })] },
    iceAdditionalHostAddresses: ['127.0.0.1'],
  })
  const track = new MediaStreamTrack({ kind: 'audio' })
  const { ssrc } = client.addTransceiver(track, { direction: 'sendrecv' }).sender
  const { returnedSsrc, streamId } = await wireEcho(router, transport, ssrc)
  const send = client.createDataChannel('there', { negotiated: true, id: 1 })
  const receive = client.createDataChannel('back', { negotiated: true, id: streamId })
  let returned = 0
  client.onTrack.subscribe((back) => back.onReceiveRtp.subscribe(() => returned++))
  await client.setLocalDescription(await client.createOffer())
  const offer = client.localDescription?.sdp ?? ''
  const [, fingerprint = ''] = /^a=fingerprint:sha-256 (\S+)/m.exec(offer) ?? []
  await transport.connect({
    dtlsParameters: {
      role: 'client',
      fingerprints: [{ algorithm: 'sha-256', value: fingerprint }],
    },
  })
  await client.setRemoteDescription({
    type: 'answer',
    sdp: answerOf(transport, offer, returnedSsrc),
  })
  await Promise.all([echoSound(track, () => returned), echoMessage(send, receive)])
  await client.close()
}

const worker = await createWorker({ workerBin, logLevel: 'error' })
const death = new Promise<never>((_, reject) => {
  worker.once('died', (error) => reject(new Error(`the worker died ${error.message}`)))
})
await Promise.race([holdCall(worker), death]).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exit(1)
  },
)
