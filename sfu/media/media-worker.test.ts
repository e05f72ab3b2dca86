import t from 'tap'
import { announcedPorts } from './media-worker.ts'

t.test('tells another port for each announced address, listened on alone or not', async (t) => {
  const ports = announcedPorts([
    { ip: '0.0.0.0', announcedAddress: '203.0.113.1', announcedPort: 443 },
    { ip: '203.0.113.2', announcedPort: 444 },
    { ip: '2001:db8::1' },
  ])
  t.same(
    [...ports],
    [
      ['203.0.113.1', 443],
      ['203.0.113.2', 444],
    ],
  )
})
