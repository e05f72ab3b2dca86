import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import type { RoomMediaEvent } from './media-plane.ts'
import { createMediaPlane } from './mediasoup-plane.ts'
import { BrowserPeer, type PeerBrowser, startChromium } from './test/browser-peer.ts'
import { nextEvent, type Protocol, Publisher, Subscriber, ssrcOf } from './test/call-fixture.ts'

t.setTimeout(120_000)

const log = { info: t.comment.bind(t), warn: t.comment.bind(t), error: t.comment.bind(t) }
const skip = needs('chromium', 'worker')
const plane = createMediaPlane({
  workers: 1,
  ports: [{ udp: 0, tcp: 0 }],
  listen: [{ ip: '127.0.0.1' }],
  log,
})
let chromium: PeerBrowser | undefined

t.before(async () => {
  if (skip) return
  await plane.start()
  chromium = await startChromium()
})

t.teardown(async () => {
  await chromium?.close()
  await plane.close()
})

/** Two pages in a room of their own: alice publishes, bob subscribes. */
async function call(protocol: Protocol) {
  if (!chromium) throw new Error('the browser has not started')
  const room = await plane.openRoom(protocol)
  const [alice, bob] = [await BrowserPeer.open(chromium), await BrowserPeer.open(chromium)]
  const sending = await room.openTransport({ direction: 'send' })
  const receiving = await room.openTransport({ direction: 'receive' })
  const publisher = new Publisher({ peer: alice, transport: sending, protocol })
  const subscriber = new Subscriber({ peer: bob, transport: receiving, protocol })
  const end = async () => {
    await Promise.all([alice.close(), bob.close()])
    room.close()
  }
  return { room, alice, bob, publisher, subscriber, end }
}

for (const protocol of ['udp', 'tcp'] as const) {
  t.test(`sound, simulcast video and data arrive over ${protocol}`, { skip }, async (t) => {
    const { alice, bob, publisher, subscriber, end } = await call(protocol)
    const opened = nextEvent(publisher.transport, ({ type }) => type === 'dataChannelOpened')
    const sent = nextEvent(publisher.transport, ({ type }) => type === 'dataMessage')
    await alice.call('openChannel', 'chat')
    await alice.call('addTone', 440)
    await alice.call('addPictures', ['q', 'h', 'f'])
    await publisher.negotiate()
    await alice.until('peer.isOpen("chat")')
    t.match(await opened, { label: 'chat', ordered: true })
    await alice.call('send', 'chat', 'from alice')
    t.match(await sent, { label: 'chat' })
    t.equal(publisher.transport.sendData('chat', Buffer.from('to alice')), 'sent')
    await alice.until('peer.messages.some(({ text }) => text === "to alice")')

    const channelsOpen = Promise.all([
      subscriber.transport.openDataChannel({ label: '_reliable', reliable: true }),
      subscriber.transport.openDataChannel({ label: '_lossy', reliable: false }),
    ])
    const heard = await subscriber.consume(publisher.producerOf('0'), '0', 'TR_tone')
    const seen = await subscriber.consume(publisher.producerOf('1'), '1', 'TR_video')
    await subscriber.negotiate()
    await Promise.all([heard.resume(), seen.resume(), channelsOpen])
    t.equal((await subscriber.transport.stats()).tuple?.protocol, protocol)
    t.equal((await publisher.transport.stats()).tuple?.protocol, protocol)

    await bob.until('Math.abs(peer.loudest("0") - 440) < 30')
    await bob.until(`peer.inbound(${ssrcOf(seen)}).then(({ frames }) => frames > 10)`)
    await seen.preferLayers({ spatialLayer: 0 })
    await bob.until(`peer.inbound(${ssrcOf(seen)}).then(({ width }) => width === 160)`)
    await seen.preferLayers(undefined)
    await bob.until(`peer.inbound(${ssrcOf(seen)}).then(({ width }) => width > 160)`)
    t.match(await bob.call('tracks.slice', 0), [
      { mid: '0', stream: 'PA_alice|TR_tone', track: 'TR_tone' },
      { mid: '1', stream: 'PA_alice|TR_video', track: 'TR_video' },
    ])

    for (const label of ['_reliable', '_lossy']) {
      const echo = nextEvent(subscriber.transport, ({ type }) => type === 'dataMessage')
      t.equal(subscriber.transport.sendData(label, Buffer.from(`on ${label}`)), 'sent')
      await bob.until(`peer.messages.some(({ text }) => text === "on ${label}")`)
      await bob.call('send', label, 'back')
      t.match(await echo, { label, bytes: Buffer.from('back') })
    }
    await end()
  })
}

t.test('megabytes on a reliable channel arrive whole, past the limit is told', async (t) => {
  const { bob, subscriber, end } = await call('udp')
  const open = subscriber.transport.openDataChannel({ label: '_reliable', reliable: true })
  await subscriber.negotiate()
  await open
  const chunk = Buffer.alloc(60_000, 'x')
  const results = Array.from({ length: 20 }, () =>
    subscriber.transport.sendData('_reliable', chunk),
  )
  const delivered = results.filter((result) => result !== 'overflow').length
  t.equal(delivered, 17, 'a MiB is owed at most')
  await bob.until(`peer.messages.length === ${delivered}`)
  t.equal(subscriber.transport.sendData('_reliable', chunk), 'sent', 'and then it flows again')
  await bob.until(`peer.messages.length === ${delivered + 1}`)
  await end()
})

t.test('ICE restarts of both connections keep the call', { skip }, async (t) => {
  const { alice, bob, publisher, subscriber, end } = await call('udp')
  await alice.call('addTone', 660)
  await publisher.negotiate()
  const heard = await subscriber.consume(publisher.producerOf('0'), '0', 'TR_tone')
  await subscriber.negotiate()
  await heard.resume()
  await bob.until('Math.abs(peer.loudest("0") - 660) < 30')

  const before = subscriber.transport.description.iceParameters
  await publisher.negotiate({ iceRestart: true })
  t.not((await subscriber.transport.restartIce()).usernameFragment, before.usernameFragment)
  await subscriber.negotiate()
  await Promise.all([
    alice.until('peer.state() === "connected"'),
    bob.until('peer.state() === "connected"'),
  ])
  const ssrc = ssrcOf(heard)
  const { packets } = await bob.call<{ packets: number }>('inbound', ssrc)
  await bob.until(`peer.inbound(${ssrc}).then((now) => now.packets > ${packets + 20})`)
  await bob.until('Math.abs(peer.loudest("0") - 660) < 30')
  await end()
})

t.test('a section that fell idle carries the next track', { skip }, async (t) => {
  const { alice, bob, publisher, subscriber, end } = await call('udp')
  await alice.call('addPictures', [])
  await publisher.negotiate()
  const first = await subscriber.consume(publisher.producerOf('0'), '0', 'TR_first')
  await subscriber.negotiate()
  await first.resume()
  await bob.until(`peer.inbound(${ssrcOf(first)}).then(({ frames }) => frames > 5)`)

  const gone = new Promise((resolve) => first.onEvent(resolve))
  await alice.call('stopSending', '0')
  await publisher.negotiate()
  t.match(await gone, { type: 'producerClosed' })
  t.ok(first.closed)
  subscriber.idle('0', 'video')
  await subscriber.negotiate()

  await alice.call('addPictures', ['q', 'f'])
  await publisher.negotiate()
  const mid = [...publisher.producers.keys()].at(-1) ?? ''
  const second = await subscriber.consume(publisher.producerOf(mid), '0', 'TR_second')
  await subscriber.negotiate()
  await second.resume()
  await bob.until(`peer.inbound(${ssrcOf(second)}).then(({ frames }) => frames > 5)`)
  t.match(await bob.call('tracks.slice', 0), [
    { stream: 'PA_alice|TR_first' },
    { mid: '0', stream: 'PA_alice|TR_second' },
  ])
  await end()
})

t.test('two sounds with different Opus answers both arrive', { skip }, async (t) => {
  const { alice, bob, publisher, subscriber, end } = await call('udp')
  await alice.call('addTone', 440)
  await alice.call('addTone', 880)
  await publisher.negotiate()
  const first = await subscriber.consume(publisher.producerOf('0'), '0', 'TR_one')
  const second = await subscriber.consume(publisher.producerOf('1'), '1', 'TR_two')
  await subscriber.negotiate()
  await Promise.all([first.resume(), second.resume()])
  await bob.until('Math.abs(peer.loudest("0") - 440) < 30')
  await bob.until('Math.abs(peer.loudest("1") - 880) < 30')
  t.pass('both are heard')
  await end()
})

t.test(
  'a voice raises the level of its track, and a closed page is missed',
  { skip },
  async (t) => {
    const { alice, room, publisher, end } = await call('udp')
    const levels: RoomMediaEvent[] = []
    const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
    const { promise: silence, resolve: fallSilent } = Promise.withResolvers<void>()
    room.onEvent((event) => {
      levels.push(event)
      if (event.type === 'audioLevels' && event.levels.length > 0) hear()
      else fallSilent()
    })
    await alice.call('addTone', 440)
    await publisher.negotiate()
    await heard
    const voice = publisher.producerOf('0')
    t.match(levels[0], { type: 'audioLevels', levels: [{ producerId: voice.id, dBov: Number }] })
    t.ok(voice.score() > 0)
    await voice.pause()
    await silence
    t.strictSame(levels.at(-1), { type: 'audioLevels', levels: [] })

    const gone = nextEvent(publisher.transport, ({ type }) => type === 'disconnected')
    await alice.call('close')
    t.match(await gone, { reason: /DTLS closed/ })
    await end()
  },
)

t.test('a client may open many channels, and one label again', { skip }, async (t) => {
  const { alice, publisher, end } = await call('udp')
  const labels = Array.from({ length: 6 }, (_, index) => `channel ${index}`)
  for (const label of labels) await alice.call('openChannel', label)
  await publisher.negotiate()
  for (const label of labels) await alice.until(`peer.isOpen("${label}")`)
  const later = Array.from({ length: 12 }, (_, index) => `later ${index}`)
  for (const label of later) {
    const opened = nextEvent(
      publisher.transport,
      (event) => event.type === 'dataChannelOpened' && event.label === label,
    )
    await alice.call('openChannel', label, { ordered: false, maxRetransmits: 0 })
    t.match(await opened, { ordered: false })
    await alice.until(`peer.isOpen("${label}")`)
    const message = nextEvent(publisher.transport, ({ type }) => type === 'dataMessage')
    await alice.call('send', label, `on ${label}`)
    t.match(await message, { label, bytes: Buffer.from(`on ${label}`) })
  }

  const again = nextEvent(publisher.transport, ({ type }) => type === 'dataChannelOpened')
  await alice.call('openChannel', 'channel 0')
  await again
  publisher.transport.sendData('channel 0', Buffer.from('to the newest'))
  await alice.until('peer.messages.some(({ text, id }) => text === "to the newest" && id === 36)')
  await end()
})
