import t from 'tap'
import { RelayPorts } from './relay-ports.ts'

t.test('offers every free port in the end, and no taken one', (t) => {
  const ports = new RelayPorts(100, 119)
  for (let port = 100; port < 110; port++) ports.take(port)
  const offered = new Set(ports.candidates({ even: false, pair: false }))
  t.same([...offered].sort(), [110, 111, 112, 113, 114, 115, 116, 117, 118, 119])
  t.end()
})

t.test('offers even ports, and pairs whose second port is free and in range', (t) => {
  const ports = new RelayPorts(101, 110)
  ports.take(105)
  t.same(
    [...new Set(ports.candidates({ even: true, pair: false }))].sort(),
    [102, 104, 106, 108, 110],
  )
  t.same([...new Set(ports.candidates({ even: true, pair: true }))].sort(), [102, 106, 108])
  ports.release(105)
  t.equal(ports.taken, 0)
  t.end()
})

t.test('offers nothing when all are taken', (t) => {
  const ports = new RelayPorts(100, 100)
  ports.take(100)
  t.same([...ports.candidates({ even: false, pair: false })], [])
  t.end()
})
