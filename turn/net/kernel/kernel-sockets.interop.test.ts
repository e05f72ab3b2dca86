import { fileURLToPath } from 'node:url'
import { testInOwnNetwork } from '../../../scripts/test/own-network.ts'
import { readAttributes } from '../../protocol/attributes/attribute-codec.ts'
import { data } from '../../protocol/attributes/data.ts'
import { dontFragment } from '../../protocol/attributes/dont-fragment.ts'
import { icmp } from '../../protocol/attributes/icmp.ts'
import { xorPeerAddress } from '../../protocol/attributes/xor-peer-address.ts'
import { methods } from '../../protocol/methods.ts'
import { ContractClient } from '../../test/contract-client.ts'
import { encodeRequest, having } from '../../test/encode-request.ts'
import { startOurEngine } from '../../test/our-engine.ts'
import { createKernelSockets } from './kernel-sockets.ts'

const mtu = 1500 // of the network's card
const neighbour = { family: 4, ip: '10.99.0.77', port: 9 } as const

await testInOwnNetwork(fileURLToPath(import.meta.url), {
  name: 'tells the MTU of a datagram that is too big to go in one piece (RFC 8656 §11.5, §18.13)',
  skip: createKernelSockets() ? false : 'this Node has no node:ffi',
  run: async (t, address) => {
    const server = await startOurEngine({
      relay: { ip: address, announcedIp: address, portMin: 20_000, portMax: 29_999 },
      allowedPeers: ['10.99.0.0/24'],
    })
    const client = await ContractClient.open(server)
    t.teardown(async () => {
      client.close()
      await server.close()
    })
    await client.allocate(having(dontFragment, true))
    const at = having(xorPeerAddress, neighbour)
    await client.request(methods.createPermission, at)
    const body = having(data, Buffer.alloc(2000))
    client.send(encodeRequest(methods.send, [at, body], { class: 'indication' }))
    await client.request(methods.binding)
    t.equal(server.engine.stats().sendErrors, 0, 'in pieces it goes')
    const whole = [at, body, having(dontFragment, true)]
    client.send(encodeRequest(methods.send, whole, { class: 'indication' }))
    const read = readAttributes(await client.nextMessage(), { icmp, peer: xorPeerAddress })
    t.same(read, {
      ok: true,
      value: { icmp: { type: 3, code: 4, info: mtu }, peer: neighbour },
    })
    t.equal(server.engine.stats().sendErrors, 1)
  },
})
