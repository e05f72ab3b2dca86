import t from 'tap'
import { plainHost } from './web.ts'

t.test('keeps plain HTTP on this machine, unless a proxy elsewhere is named', (t) => {
  const cases = [
    ['self-signed', [], '127.0.0.1'],
    ['off', [], '127.0.0.1'],
    ['off', ['127.0.0.1/32', '::1/128'], '127.0.0.1'],
    ['off', ['127.0.0.0/8', '10.0.0.9/32'], '0.0.0.0'],
    ['off', ['2001:db8::/64'], '0.0.0.0'],
  ] as const
  for (const [mode, trusted_proxies, host] of cases) {
    t.equal(plainHost({ mode, trusted_proxies }, '0.0.0.0'), host, `${mode} ${trusted_proxies}`)
  }
  t.end()
})
