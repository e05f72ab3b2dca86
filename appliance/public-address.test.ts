import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { NetworkInterfaceInfo } from 'node:os'
import fc from 'fast-check'
import t from 'tap'
import { loadConfig } from './config/load.ts'
import { type AddressSources, resolvePublicAddress, usableAddresses } from './public-address.ts'
import { discoverAddress, parseBindingSuccess } from './stun-client.ts'

const card = (address: string, internal = false): NetworkInterfaceInfo =>
  address.includes(':')
    ? { address, internal, family: 'IPv6', netmask: '', mac: '', cidr: null, scopeid: 0 }
    : { address, internal, family: 'IPv4', netmask: '', mac: '', cidr: null }

const nobody: AddressSources = {
  interfaces: () => ({ lo: [card('127.0.0.1', true), card('::1', true)] }),
  lookup: () => Promise.reject(new Error('ENOTFOUND')),
  discover: () => Promise.reject(new Error('asked')),
}

async function config(env: NodeJS.ProcessEnv = {}) {
  return (await loadConfig({ env, defaultFile: '/nonexistent/config.yaml' })).config
}

t.test('takes the given address, resolving a host name', async (t) => {
  const ip = await config({ CALLBOX_PUBLIC_ADDRESS: '192.0.2.1' })
  t.match(await resolvePublicAddress(ip, nobody), { address: '192.0.2.1', how: 'configured' })
  const name = await config({ CALLBOX_PUBLIC_ADDRESS: 'calls.example.org' })
  const lookup = async () => ({ address: '192.0.2.2' })
  const found = await resolvePublicAddress(name, { ...nobody, lookup })
  t.match(found, { address: 'calls.example.org', ip: '192.0.2.2', warnings: [] })
  await t.rejects(resolvePublicAddress(name, nobody), { code: 'PUBLIC_ADDRESS_UNRESOLVED' })
})

t.test('asks nobody unless STUN servers are configured', async (t) => {
  const asked: unknown[] = []
  const discover = async (server: unknown) => {
    asked.push(server)
    return '203.0.113.7'
  }
  const interfaces = () => ({ eth0: [card('198.51.100.4')] })
  const plain = await resolvePublicAddress(await config(), { ...nobody, interfaces, discover })
  t.same(asked, [])
  t.match(plain, { address: '198.51.100.4', how: 'interface' })
  const asking = await config({ CALLBOX_RTC__STUN_SERVERS: 'stun.example.org:3479' })
  const seen = await resolvePublicAddress(asking, { ...nobody, interfaces, discover })
  t.same(asked, [{ host: 'stun.example.org', port: 3479 }])
  t.match(seen, { address: '203.0.113.7', how: 'stun', localAddresses: ['198.51.100.4'] })
})

t.test('falls back to an own address when no STUN server answers, and says so', async (t) => {
  const asking = await config({ CALLBOX_RTC__STUN_SERVERS: 'a.example, b.example' })
  const interfaces = () => ({ eth0: [card('10.0.0.5')] })
  const found = await resolvePublicAddress(asking, { ...nobody, interfaces })
  t.match(found, { address: '10.0.0.5', how: 'interface' })
  t.match(found.warnings, [
    { message: /None of rtc.stun_servers .*asked; asked/, fix: /Set public_address/ },
    { message: /10\.0\.0\.5 is announced, which only its own network reaches/ },
  ])
})

t.test('announces loopback with a warning when there is nothing else', async (t) => {
  const found = await resolvePublicAddress(await config(), nobody)
  t.match(found, { address: '127.0.0.1', how: 'loopback', localAddresses: [] })
  t.match(found.warnings, [{ message: /only browsers on it can call/ }])
})

t.test('prefers IPv4 and passes over link-local and loopback addresses', async (t) => {
  const cards = [card('fe80::1%eth0'), card('2001:db8::5'), card('169.254.1.1'), card('192.0.2.9')]
  t.same(usableAddresses({ eth0: cards, lo: [card('127.0.0.1', true)], none: undefined }), [
    '192.0.2.9',
    '2001:db8::5',
  ])
})

/** A response as RFC 5769 §2.2 gives it: 192.0.2.1:32853 behind other attributes. */
const rfc5769Response = Buffer.from(
  `0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220
   002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96`.replace(
    /\s/g,
    '',
  ),
  'hex',
)

t.test('reads the mapped address of a response (RFC 5769 §2.2) and of no other', async (t) => {
  const id = rfc5769Response.subarray(8, 20)
  t.equal(parseBindingSuccess(rfc5769Response, id), '192.0.2.1')
  t.equal(parseBindingSuccess(rfc5769Response, Buffer.alloc(12)), undefined)
  t.equal(parseBindingSuccess(rfc5769Response.subarray(0, 36), id), undefined)
  const anyBytes = fc.property(fc.uint8Array(), (bytes) => {
    parseBindingSuccess(Buffer.concat([rfc5769Response.subarray(0, 20), bytes]), id)
  })
  t.doesNotThrow(() => fc.assert(anyBytes))
})

t.test('asks a STUN server over UDP, again when the first request is lost', async (t) => {
  const server = createSocket('udp4')
  t.teardown(() => server.close())
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  let requests = 0
  server.on('message', (request, from) => {
    requests += 1
    if (requests === 1) return
    const answer = Buffer.from(rfc5769Response)
    request.copy(answer, 8, 8, 20)
    server.send(answer, from.port, from.address)
  })
  t.equal(await discoverAddress({ host: '127.0.0.1', port: server.address().port }), '192.0.2.1')
  t.equal(requests, 2)
})

t.test('announces a global IPv6 address beside IPv4, and none that is only local', async (t) => {
  const on = async (addresses: string[], public_ipv6: string, public_address = '198.51.100.4') => {
    const env = { CALLBOX_PUBLIC_IPV6: public_ipv6, CALLBOX_PUBLIC_ADDRESS: public_address }
    const interfaces = () => ({ eth0: addresses.map((address) => card(address)) })
    return resolvePublicAddress(await config(env), { ...nobody, interfaces })
  }
  const global = '2a01:4f8::7'
  t.match(await on(['198.51.100.4', 'fd00::1', global], 'auto'), { ipv6: global, families: [4, 6] })
  t.match(await on(['198.51.100.4', 'fd00::1'], 'auto'), { ipv6: undefined })
  t.match(await on(['198.51.100.4', global], 'none'), { ipv6: undefined })
  t.match(await on(['198.51.100.4', 'fd00::1'], '2001:db8::7'), { ipv6: '2001:db8::7' })
  t.match(await on(['198.51.100.4'], '2001:db8::7'), {
    ipv6: undefined,
    families: [4],
    warnings: [{ message: /public_ipv6/, fix: /none/ }],
  })
  t.match(await on([global], 'auto', global), { ip: global, ipv6: undefined })
})
