import t from 'tap'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { requestedAddressFamily } from '../protocol/attributes/requested-address-family.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import type { ChannelNumber } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import { parseCidr } from '../server/cidr.ts'
import { createPeerPolicy } from '../server/peer-policy.ts'
import { having } from '../test/encode-request.ts'
import { errorIn, Scenario } from '../test/scenario.ts'
import { denyProbes } from './deny-list.ts'

const ownPorts = [
  { name: 'web pages', ip: '203.0.113.1', port: 443 },
  { name: 'TURN', ip: '203.0.113.1', port: 3478 },
  { name: 'no address', ip: 'localhost', port: 1 },
]

t.test('lists each address once, and the own ports that are addresses', (t) => {
  const probes = denyProbes(ownPorts)
  const keys = new Set(probes.map(({ address: { ip, port } }) => `${ip} ${port}`))
  t.equal(keys.size, probes.length)
  t.same(
    probes.slice(-2).map(({ name }) => name),
    ['web pages', 'TURN'],
  )
  t.end()
})

t.test('is refused by both doors of the engine, whole', (t) => {
  const rules = { allowed: [] }
  const scenario = new Scenario({ families: [4, 6], rules })
  const clients = {
    4: scenario.client({ port: 1 }),
    6: scenario.client({ port: 2 }),
  }
  clients[4].allocate()
  clients[6].allocate(having(requestedAddressFamily, 6))
  for (const { name, address, requests } of denyProbes(ownPorts)) {
    const client = clients[address.family]
    const peer = having(xorPeerAddress, address)
    const channel = having(channelNumber, 0x4000 as ChannelNumber)
    for (const request of requests) {
      const outputs =
        request === 'channelBind'
          ? client.request(methods.channelBind, channel, peer)
          : client.request(methods.createPermission, peer)
      t.equal(errorIn(outputs), 403, `${request} ${name} ${address.ip}:${address.port}`)
    }
  }
  t.end()
})

t.test('shows what an operator has opened, and nothing that must stay closed', (t) => {
  const allowed = ['10.0.0.0/8', '172.16.0.0/12'].flatMap((text) => parseCidr(text) ?? [])
  const relayPorts = { min: 50_000, max: 60_000 }
  const policy = createPeerPolicy({ ownMedia: [], ownIps: [], relayPorts, allowed, denied: [] })
  const open = denyProbes().filter(({ address }) => policy.allows(address))
  t.ok(open.length > 0)
  t.ok(open.every(({ openable }) => openable))
  t.end()
})
