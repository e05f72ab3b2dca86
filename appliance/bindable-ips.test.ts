import t from 'tap'
import { bindableIps } from './bindable-ips.ts'

t.test('leaves out addresses that this machine does not have', async (t) => {
  t.same(await bindableIps(['192.0.2.254', '127.0.0.1', '2001:db8::254']), ['127.0.0.1'])
  t.same(await bindableIps([]), [])
})
