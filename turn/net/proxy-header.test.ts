import t from 'tap'
import { encodeProxyHeader } from '../test/proxy-header.ts'
import { parseProxyHeader } from './proxy-header.ts'

const source = { family: 4, ip: '192.0.2.7', port: 50_000 } as const
const destination = { family: 4, ip: '198.51.100.1', port: 443 } as const

t.test('reads the example of every proxy: TCP over IPv4', (t) => {
  const bytes = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207c6336401c35001bb', 'hex')
  t.same(parseProxyHeader(bytes), {
    ok: true,
    value: { header: { source, destination }, length: 28 },
  })
  t.end()
})

t.test('takes a proxy that speaks for itself, whatever it adds', (t) => {
  t.same(parseProxyHeader(encodeProxyHeader('local', Buffer.alloc(7))), {
    ok: true,
    value: { header: 'local', length: 23 },
  })
  t.end()
})

t.test('names an IPv4 client as such when the proxy writes it as IPv6', (t) => {
  const mapped = { family: 6, ip: '::ffff:192.0.2.7', port: 50_000 } as const
  const parsed = parseProxyHeader(encodeProxyHeader({ source: mapped, destination: mapped }))
  t.match(parsed, { value: { header: { source } } })
  t.end()
})

t.test('refuses what cannot be believed', (t) => {
  const good = encodeProxyHeader({ source, destination })
  const changed = (at: number, value: number) => {
    const bytes = Buffer.from(good)
    bytes[at] = value
    return bytes
  }
  const bad = {
    'version 1': changed(12, 0x11),
    'an unknown command': changed(12, 0x22),
    'an unspecified protocol': changed(13, 0x00),
    'UDP over IPv4': changed(13, 0x12),
    'a UNIX socket': changed(13, 0x31),
    'addresses of IPv6 in the room of IPv4': changed(13, 0x21),
    'more than the bound': changed(14, 0x09),
    'a client without a port': encodeProxyHeader({ source: { ...source, port: 0 }, destination }),
  }
  for (const [name, bytes] of Object.entries(bad)) {
    t.match(parseProxyHeader(bytes), { ok: false, fault: 'bad-header' }, name)
  }
  const texts = [
    'PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n',
    'GET / HTTP/1.1\r\n',
    '\r\n\r\n\r',
  ]
  for (const text of texts) {
    t.match(parseProxyHeader(Buffer.from(text)), { ok: false, fault: 'no-signature' }, text)
  }
  t.end()
})
