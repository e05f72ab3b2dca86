import t from 'tap'
import type { Route } from '#sfu'
import type { AllocationRow } from '#turn'
import { createTravels } from './travels.ts'

const OWN = '203.0.113.5'
const INSIDE = '10.0.0.5'

function allocation(port: number, more: { ip?: string; client?: string } = {}): AllocationRow {
  const { ip = OWN, client = '198.51.100.7' } = more
  const family = ip.includes(':') ? 6 : 4
  return {
    client: { transport: 'tls', client: { family: 4, ip: client, port: 1 } },
    relayed: [{ family, ip, port }],
  } as unknown as AllocationRow
}

function travelsOn(rows: AllocationRow[]) {
  const clock = { nowMs: 1_000 }
  const ownIps = [OWN, INSIDE, '2001:db8::5']
  const travels = createTravels({
    turn: { allocations: () => rows },
    ownIps,
    nowMs: () => clock.nowMs,
  })
  travels.refresh()
  return { travels, clock }
}

const from = (remoteIp: string, remotePort: number, protocol: 'udp' | 'tcp' = 'udp'): Route => ({
  protocol,
  remoteIp,
  remotePort,
})

t.test(
  'tells a relayed person by how they reach the relay, and by their own address',
  async (t) => {
    const { travels } = travelsOn([allocation(50_000)])
    const relayed = { path: 'turn-tls', address: '198.51.100.7', family: 'ipv4' }
    t.same(travels.of(from(OWN, 50_000)), relayed)
    t.same(travels.of(from(INSIDE, 50_000)), relayed, 'also by the address behind a router')
  },
)

t.test('who happens to send from the same port is nobody’s relay', async (t) => {
  const { travels } = travelsOn([allocation(50_000)])
  t.same(travels.of(from('198.51.100.9', 50_000, 'tcp')), {
    path: 'tcp',
    address: '198.51.100.9',
    family: 'ipv4',
  })
  t.equal(travels.of(from('2001:db8::5', 50_000)), undefined, 'nor the other IP version')
  t.match(travels.of(from('2001:db8::9', 50_000)), { path: 'udp', family: 'ipv6' })
})

t.test('waits a moment for the relay to tell whose media comes from this machine', async (t) => {
  const rows: AllocationRow[] = []
  const { travels, clock } = travelsOn(rows)
  const [late, direct] = [from(OWN, 50_000), from(OWN, 40_000)]
  t.same([travels.of(late), travels.of(direct)], [undefined, undefined])
  rows.push(allocation(50_000))
  clock.nowMs += 3_000
  travels.refresh()
  t.match(travels.of(late), { path: 'turn-tls' })
  t.match(travels.of(direct), { path: 'udp', address: OWN }, 'a browser on the machine itself')
})

t.test('remembers what a route was when its allocation has ended', async (t) => {
  const rows = [allocation(50_000)]
  const { travels } = travelsOn(rows)
  const route = from(OWN, 50_000)
  t.match(travels.of(route), { path: 'turn-tls' })
  rows[0] = allocation(50_000, { client: '192.0.2.1' })
  travels.refresh()
  t.match(travels.of(route), { address: '198.51.100.7' })
  t.match(travels.of({ ...route }), { address: '192.0.2.1' }, 'the port is somebody else’s now')
})
