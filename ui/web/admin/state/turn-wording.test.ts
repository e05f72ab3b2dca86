import t from 'tap'
import type { TurnDoor, TurnSelfTest } from '#api'
import { busyTurn } from '../../../server/test/sample-turn.ts'
import { Route } from './route.ts'
import { arrange, FIRST_VIEW, MAX_ROWS, sortedBy } from './turn-table.ts'
import {
  dropWords,
  fewWords,
  formatRoundTrip,
  listeningDoors,
  rejectionWords,
  relayVerdict,
} from './turn-wording.ts'

const tested = (...failed: TurnDoor[]): TurnSelfTest => ({
  atMs: 1,
  running: false,
  results: (['udp', 'tcp', 'tls'] as const).map((transport) => ({
    transport,
    ok: !failed.includes(transport),
    rttMs: undefined,
    problem: undefined,
    fix: undefined,
  })),
})

t.test('judges the relay by what its users lose', async (t) => {
  t.match(relayVerdict(tested()), { tone: 'ok', word: 'Relay works' })
  const doubtful = tested().results.map((result) => ({ ...result, problem: 'Self-signed.' }))
  t.match(relayVerdict({ ...tested(), results: doubtful }), {
    tone: 'ok',
    text: /The relay works, with a warning for UDP, TCP, and TLS/,
  })
  t.match(relayVerdict(tested('tls')), { tone: 'warn', word: 'Fails: TLS', text: /over TLS/ })
  t.match(relayVerdict(tested('udp')), { tone: 'bad', word: 'Fails: UDP' })
  t.match(relayVerdict(tested('udp', 'tcp', 'tls')), { tone: 'bad', word: 'Relay fails' })
  const none = { atMs: undefined, running: false, results: [] }
  t.match(relayVerdict(none), { tone: 'unknown', word: 'Not tested yet' })
  t.match(relayVerdict({ ...none, running: true }), { text: 'The first self-test runs.' })
})

t.test('has words for codes and reasons', async (t) => {
  t.match(rejectionWords(486, 'user has too many'), /turn\.limits/)
  t.match(rejectionWords(401, 'wrong credentials'), /another secret/)
  t.equal(rejectionWords(699, 'x'), '')
  t.match(dropWords('overBudget'), /Too many requests/)
  t.equal(dropWords('newReason'), 'newReason')
  t.equal(formatRoundTrip(0.412), '0.4 ms')
  t.equal(formatRoundTrip(12.3), '12 ms')
  t.equal(fewWords(['1', '2', '3', '4', '5']), '1, 2, 3, and 2 more')
  t.equal(
    listeningDoors([
      { transport: 'udp', address: '0.0.0.0:3478' },
      { transport: 'udp', address: '[::]:3478' },
      { transport: 'tls', address: '203.0.113.5:5349' },
    ]),
    'UDP 3478 and TLS 203.0.113.5:5349',
  )
})

t.test('sorts by names upwards and by amounts downwards, first', async (t) => {
  const { allocations } = busyTurn(0)
  const ids = (view: typeof FIRST_VIEW) => arrange(allocations, view).rows.map(({ id }) => id)
  t.same(ids(FIRST_VIEW), ['a2', 'a1', 'a4', 'a3'])
  t.same(ids(sortedBy(FIRST_VIEW, 'user')), ['a1', 'a3', 'a2', 'a4'])
  t.same(ids(sortedBy(FIRST_VIEW, 'age')), ['a3', 'a1', 'a2', 'a4'])
  t.same(ids(sortedBy(FIRST_VIEW, 'down')), ['a3', 'a4', 'a1', 'a2'])
  t.same(ids({ ...FIRST_VIEW, filter: 'UDP 49242' }), ['a1'])
  const crowd = Array.from({ length: MAX_ROWS + 50 }, (_, n) => ({
    ...(allocations[0] as (typeof allocations)[0]),
    id: `c${n}`,
  }))
  const shown = arrange(crowd, FIRST_VIEW)
  t.equal(shown.rows.length, MAX_ROWS)
  t.equal(shown.found, MAX_ROWS + 50)
})

t.test('the address and the shown part say the same', async (t) => {
  const pushed: string[] = []
  const route = new Route('/admin/turn/', (path) => pushed.push(path))
  t.equal(route.section, 'turn')
  route.open('turn')
  route.open('dashboard')
  t.equal(route.section, 'dashboard')
  t.same(pushed, ['/admin'])
  route.follow('/admin/turn')
  t.equal(route.section, 'turn')
})
