import t, { type Test } from 'tap'
import { testInOwnNetwork } from '../../scripts/test/own-network.ts'
import { needs } from '../../scripts/test-needs.ts'
import { createMediaPlane } from './mediasoup-plane.ts'
import { BrowserPeer, startFirefox } from './test/browser-peer.ts'
import { Publisher, Subscriber, ssrcOf } from './test/call-fixture.ts'

t.setTimeout(120_000)

await testInOwnNetwork(import.meta.filename, {
  name: 'Firefox publishes, and another Firefox subscribes',
  skip: needs('firefox'),
  run: callOfFirefox,
})

async function callOfFirefox(t: Test, address: string): Promise<void> {
  const log = { info() {}, warn: t.comment.bind(t), error: t.comment.bind(t) }
  const listen = [{ ip: address }]
  const plane = createMediaPlane({ workers: 1, ports: [{ udp: 0, tcp: 0 }], listen, log })
  await plane.start()
  const firefox = await startFirefox()
  t.teardown(async () => {
    await firefox.close()
    await plane.close()
  })
  const room = await plane.openRoom('firefox')
  const alice = await BrowserPeer.open(firefox)
  const bob = await BrowserPeer.open(firefox)
  const protocol = 'udp'
  const publisher = new Publisher({
    peer: alice,
    transport: await room.openTransport({ direction: 'send' }),
    protocol,
  })
  const subscriber = new Subscriber({
    peer: bob,
    transport: await room.openTransport({ direction: 'receive' }),
    protocol,
  })
  await alice.call('openChannel', 'chat')
  await alice.call('addTone', 440)
  await alice.call('addPictures', ['q', 'h', 'f'])
  await publisher.negotiate()
  await alice.until('peer.isOpen("chat")')

  const open = subscriber.transport.openDataChannel({ label: '_lossy', reliable: false })
  const heard = await subscriber.consume(publisher.producerOf('0'), '0', 'TR_tone')
  const seen = await subscriber.consume(publisher.producerOf('1'), '1', 'TR_video')
  await subscriber.negotiate()
  await Promise.all([heard.resume(), seen.resume(), open])
  // Without a sound card, Firefox's tone is silent: what can be seen is that the sound is decoded.
  await bob.until(`peer.inbound(${ssrcOf(heard)}).then(({ samples }) => samples > 24_000)`)
  await bob.until(`peer.inbound(${ssrcOf(seen)}).then(({ frames }) => frames > 10)`)
  t.match(await bob.call('tracks.slice', 0), [
    { mid: '0', stream: 'PA_alice|TR_tone' },
    { mid: '1', stream: 'PA_alice|TR_video' },
  ])
  t.equal(subscriber.transport.sendData('_lossy', Buffer.from('to bob')), 'sent')
  await bob.until('peer.messages.some(({ text }) => text === "to bob")')
  await subscriber.transport.restartIce()
  await subscriber.negotiate()
  const { packets } = await bob.call<{ packets: number }>('inbound', ssrcOf(heard))
  await bob.until(`peer.inbound(${ssrcOf(heard)}).then((now) => now.packets > ${packets + 20})`)
}
