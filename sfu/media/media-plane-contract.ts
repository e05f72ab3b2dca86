import type { types } from 'mediasoup'
import type { Test } from 'tap'
import { routerRtpCapabilities } from './codecs.ts'
import type { ConsumerEvent, MediaPlane, RoomMediaEvent } from './media-plane.ts'

/** A plane under test; `killWorker` ends the media of all rooms as a crash does. */
export type PlaneUnderTest = Readonly<{ plane: MediaPlane; killWorker: () => void }>

const fingerprints: types.DtlsFingerprint[] = [
  { algorithm: 'sha-256', value: Array(32).fill('AB').join(':') },
]

const opus: types.RtpParameters = {
  mid: '1',
  codecs: [
    {
      mimeType: 'audio/opus',
      payloadType: 109,
      clockRate: 48_000,
      channels: 2,
      parameters: { minptime: 10, useinbandfec: 1 },
      rtcpFeedback: [{ type: 'transport-cc' }],
    },
  ],
  headerExtensions: [{ id: 3, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' }],
  encodings: [{ ssrc: 1111 }],
  rtcp: { cname: 'alice' },
}

const simulcast: types.RtpParameters = {
  mid: '2',
  codecs: [
    {
      mimeType: 'video/VP8',
      payloadType: 120,
      clockRate: 90_000,
      rtcpFeedback: [{ type: 'nack' }],
    },
    { mimeType: 'video/rtx', payloadType: 124, clockRate: 90_000, parameters: { apt: 120 } },
  ],
  headerExtensions: [{ id: 3, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' }],
  encodings: [{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }],
  rtcp: { cname: 'alice' },
}

const withoutVp8: types.RtpCapabilities = {
  ...routerRtpCapabilities,
  codecs: routerRtpCapabilities.codecs?.filter(({ kind }) => kind === 'audio') ?? [],
}

/** What every media plane promises; each promise is a subtest with a plane of its own. */
export function mediaPlaneContract(t: Test, open: () => Promise<PlaneUnderTest>): void {
  const withPlane = (name: string, prove: (t: Test, under: PlaneUnderTest) => Promise<void>) =>
    t.test(name, async (t) => {
      const under = await open()
      t.teardown(() => under.plane.close())
      await prove(t, under)
    })

  describesTransports(withPlane)
  carriesTracks(withPlane)
  measures(withPlane)
  refuses(withPlane)
  closesAsATree(withPlane)
}

type WithPlane = (name: string, prove: (t: Test, under: PlaneUnderTest) => Promise<void>) => unknown

function describesTransports(withPlane: WithPlane): void {
  withPlane('describes an ice-lite transport with data channels', async (t, { plane }) => {
    const room = await plane.openRoom('a')
    t.equal(plane.stats().workers[0]?.rooms, 1)
    const transport = await room.openTransport({ direction: 'send' })
    const { iceParameters, iceCandidates, dtlsParameters, sctpParameters } = transport.description
    t.equal(iceParameters.iceLite, true)
    t.ok(iceCandidates.some(({ protocol }) => protocol === 'udp'))
    t.ok(dtlsParameters.fingerprints.some(({ algorithm }) => algorithm === 'sha-256'))
    t.equal(sctpParameters?.port, 5000)
    await transport.connect({ role: 'auto', fingerprints })
    t.match(await transport.stats(), { tuple: undefined, receivedBytes: 0 })
  })

  withPlane('a restart of ICE changes the description', async (t, { plane }) => {
    const room = await plane.openRoom('a')
    const transport = await room.openTransport({ direction: 'receive' })
    const before = transport.description.iceParameters
    const after = await transport.restartIce()
    t.not(after.usernameFragment, before.usernameFragment)
    t.strictSame(transport.description.iceParameters, after)
  })

  withPlane('a data channel that nobody acknowledged is not open', async (t, { plane }) => {
    const room = await plane.openRoom('a')
    const transport = await room.openTransport({ direction: 'receive' })
    t.equal(transport.sendData('chat', Buffer.from('x')), 'notOpen')
    const opening = transport.openDataChannel({ label: 'chat', reliable: true })
    transport.close()
    await opening
    t.equal(transport.sendData('chat', Buffer.from('x')), 'notOpen')
  })
}

function carriesTracks(withPlane: WithPlane): void {
  withPlane('gives a subscriber the payload types of the room', async (t, { plane }) => {
    const room = await plane.openRoom('a')
    const [sending, receiving] = await Promise.all([
      room.openTransport({ direction: 'send' }),
      room.openTransport({ direction: 'receive' }),
    ])
    const producer = await sending.produce({
      kind: 'video',
      rtpParameters: simulcast,
      paused: false,
    })
    t.match(producer, { kind: 'video', closed: false })
    const rtpCapabilities = room.rtpCapabilities
    t.ok(room.canConsume(producer.id, rtpCapabilities))
    t.notOk(room.canConsume(producer.id, withoutVp8))
    const options = { producerId: producer.id, rtpCapabilities, mid: '7' }
    const consumer = await receiving.consume(options)
    t.match(consumer, { producerId: producer.id, kind: 'video' })
    t.match(consumer.rtpParameters, {
      mid: '7',
      codecs: [{ payloadType: 96 }, { payloadType: 100, parameters: { apt: 96 } }],
      encodings: [{ ssrc: Number, rtx: { ssrc: Number } }],
      rtcp: { cname: 'alice' },
    })
    await consumer.preferLayers({ spatialLayer: 0 })
    await consumer.preferLayers(undefined)
    await consumer.resume()
    await consumer.pause()
    t.type(consumer.score(), 'number')
  })

  withPlane('a producer can be paused, and its end ends its consumers', async (t, { plane }) => {
    const room = await plane.openRoom('a')
    const transport = await room.openTransport({ direction: 'send' })
    const producer = await transport.produce({ kind: 'audio', rtpParameters: opus, paused: true })
    await producer.resume()
    await producer.pause()
    t.type(producer.score(), 'number')
    const { rtpCapabilities } = room
    const consumer = await transport.consume({ producerId: producer.id, rtpCapabilities, mid: '3' })
    t.ok(
      consumer.rtpParameters.codecs[0]?.rtcpFeedback?.some(({ type }) => type === 'nack'),
      'lost Opus packets are sent again',
    )
    const event = new Promise<ConsumerEvent>((resolve) => consumer.onEvent(resolve))
    producer.close()
    producer.close()
    t.strictSame(await event, { type: 'producerClosed' })
    t.ok(consumer.closed)
    t.notOk(room.canConsume(producer.id, rtpCapabilities))
  })
}

function measures(withPlane: WithPlane): void {
  withPlane('tells how tracks travel, and nothing before media flows', async (t, { plane }) => {
    const room = await plane.openRoom('a')
    const [sending, receiving] = await Promise.all([
      room.openTransport({ direction: 'send' }),
      room.openTransport({ direction: 'receive' }),
    ])
    const producer = await sending.produce({ kind: 'audio', rtpParameters: opus, paused: false })
    const { rtpCapabilities } = room
    const options = { producerId: producer.id, rtpCapabilities, mid: '3' }
    const consumer = await receiving.consume(options)
    t.equal(consumer.paused, true)
    await consumer.resume()
    t.equal(consumer.paused, false)
    const unmeasured = { lossPercent: undefined, jitterMs: undefined, rttMs: undefined }
    const nothing = { packets: 0, bytes: 0, bitsPerSecond: 0, ...unmeasured }
    t.strictSame(await producer.stats(), { ...nothing, nacks: 0, keyFrameRequests: 0 })
    t.strictSame(await consumer.stats(), nothing)
    producer.close()
    await t.rejects(producer.stats(), { code: 'MEDIA_CLOSED' })
    await t.rejects(consumer.stats(), { code: 'MEDIA_CLOSED' })
  })
}

function refuses(withPlane: WithPlane): void {
  withPlane(
    'refuses a second producer of a section, and codecs unknown here',
    async (t, { plane }) => {
      const room = await plane.openRoom('a')
      const transport = await room.openTransport({ direction: 'send' })
      const speex = {
        ...opus,
        codecs: [{ mimeType: 'audio/speex', payloadType: 97, clockRate: 8000 }],
      }
      await t.rejects(transport.produce({ kind: 'audio', rtpParameters: speex, paused: false }), {
        code: 'MEDIA_REFUSED',
      })
      await transport.produce({ kind: 'audio', rtpParameters: opus, paused: false })
      const again = { ...opus, encodings: [{ ssrc: 2222 }] }
      await t.rejects(transport.produce({ kind: 'audio', rtpParameters: again, paused: false }), {
        code: 'MEDIA_REFUSED',
      })
    },
  )

  withPlane(
    'refuses a subscriber without the codec, and a producer that is gone',
    async (t, { plane }) => {
      const room = await plane.openRoom('a')
      const transport = await room.openTransport({ direction: 'send' })
      const video = await transport.produce({
        kind: 'video',
        rtpParameters: simulcast,
        paused: false,
      })
      const without = { producerId: video.id, rtpCapabilities: withoutVp8, mid: '1' }
      await t.rejects(transport.consume(without), { code: 'MEDIA_REFUSED' })
      video.close()
      const gone = { ...without, rtpCapabilities: room.rtpCapabilities }
      await t.rejects(transport.consume(gone), { code: 'MEDIA_REFUSED' })
    },
  )

  withPlane('refuses to connect twice', async (t, { plane }) => {
    const room = await plane.openRoom('a')
    const transport = await room.openTransport({ direction: 'send' })
    await transport.connect({ role: 'client', fingerprints })
    await t.rejects(transport.connect({ role: 'client', fingerprints }), { code: 'MEDIA_REFUSED' })
  })
}

function closesAsATree(withPlane: WithPlane): void {
  withPlane('closing a room closes all that it owns', async (t, { plane }) => {
    const room = await plane.openRoom('a')
    const transport = await room.openTransport({ direction: 'send' })
    const producer = await transport.produce({ kind: 'audio', rtpParameters: opus, paused: false })
    room.close()
    room.close()
    t.ok(room.closed && transport.closed && producer.closed)
    t.equal(plane.stats().workers[0]?.rooms, 0)
    await t.rejects(room.openTransport({ direction: 'send' }), { code: 'MEDIA_CLOSED' })
    await t.rejects(transport.restartIce(), { code: 'MEDIA_CLOSED' })
    await t.rejects(transport.produce({ kind: 'audio', rtpParameters: opus, paused: false }), {
      code: 'MEDIA_CLOSED',
    })
  })

  withPlane('closing the plane closes its rooms, and may be done twice', async (t, { plane }) => {
    const room = await plane.openRoom('a')
    await plane.close()
    t.ok(room.closed)
    await plane.close()
    await t.rejects(plane.openRoom('b'), { code: 'MEDIA_CLOSED' })
  })

  withPlane('the death of the worker is told once', async (t, { plane, killWorker }) => {
    const room = await plane.openRoom('a')
    const transport = await room.openTransport({ direction: 'send' })
    const events: RoomMediaEvent[] = []
    const told = new Promise<void>((resolve) => {
      room.onEvent((event) => {
        events.push(event)
        resolve()
      })
    })
    killWorker()
    await told
    t.ok(room.closed && transport.closed)
    room.close()
    t.strictSame(events, [{ type: 'mediaWorkerDied' }])
    t.equal(plane.stats().deaths, 1)
    const next = await plane.openRoom('b')
    t.notOk(next.closed, 'a successor serves new rooms')
    await next.openTransport({ direction: 'send' })
  })
}
