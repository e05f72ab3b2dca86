import t from 'tap'
import { RelayPorts } from './relay-ports.ts'
import { ReservedPorts } from './reserved-ports.ts'

t.test('keeps a port for who reserved it, whoever else has a token of before', (t) => {
  const released: string[] = []
  const reserved = new ReservedPorts({
    take: () => Promise.resolve('taken'),
    release: ({ userId }) => void released.push(userId),
  })
  const ports = new RelayPorts(20_000, 20_001)
  ports.take(20_001)
  reserved.add(ports, 20_001, { userId: 'bob', clientIp: '192.0.2.1' })
  reserved.release(ports, 20_001, 'alice')
  t.ok(ports.isTaken(20_001))
  t.same(released, [])
  reserved.release(ports, 20_001, 'bob')
  t.notOk(ports.isTaken(20_001))
  t.same(released, ['bob'])
  t.end()
})
