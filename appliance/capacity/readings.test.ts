import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createReadings } from './readings.ts'

t.test('reads processor time and datagrams, and nothing of who is gone', async (t) => {
  const root = t.testdir({})
  const readings = createReadings(root)
  t.equal(readings.udp(), undefined)
  mkdirSync(join(root, '42'))
  mkdirSync(join(root, 'net'))
  writeFileSync(join(root, '42/stat'), `42 (a worker) S) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20\n`)
  writeFileSync(
    join(root, 'net/snmp'),
    'Udp: InDatagrams NoPorts InErrors OutDatagrams\nUdp: 10 0 0 20\n',
  )
  t.equal(readings.processorSeconds(42), 3)
  t.equal(readings.processorSeconds(43), undefined)
  t.same(readings.udp(), { received: 10, sent: 20 }, 'a kernel without IPv6')
  writeFileSync(join(root, 'net/snmp6'), 'Udp6InDatagrams \t5\nUdp6OutDatagrams \t7\n')
  t.same(readings.udp(), { received: 15, sent: 27 })
})

t.test('reads those of this process', async (t) => {
  const readings = createReadings()
  const before = readings.processorSeconds(process.pid) ?? Number.NaN
  const { user, system } = process.cpuUsage()
  t.ok(Math.abs(before - (user + system) / 1e6) < 0.1)
})
