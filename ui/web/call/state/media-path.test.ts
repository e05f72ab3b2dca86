import t from 'tap'
import { describePath, explainPath, mediaPathOf, type StatsEntry } from './media-path.ts'
import { describePorts } from './peer-connections.ts'

const remote = { id: 'R', type: 'remote-candidate', address: '203.0.113.7', port: 8443 }

function stats(local: Partial<StatsEntry>, pair: Partial<StatsEntry> = {}): readonly StatsEntry[] {
  return [
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P2' },
    { id: 'P1', type: 'candidate-pair', localCandidateId: 'x', remoteCandidateId: 'y' },
    {
      id: 'P2',
      type: 'candidate-pair',
      localCandidateId: 'L',
      remoteCandidateId: 'R',
      currentRoundTripTime: 0.0234,
      ...pair,
    },
    { id: 'L', type: 'local-candidate', address: '192.0.2.4', port: 5000, ...local },
    remote,
  ]
}

t.test('reads address, port and round trip of the selected pair', async (t) => {
  t.strictSame(mediaPathOf(stats({ candidateType: 'host', protocol: 'udp' })), {
    kind: 'udp',
    local: '192.0.2.4:5000',
    remote: '203.0.113.7:8443',
    roundTripMs: 23,
  })
})

t.test('tells every path apart', async (t) => {
  const kindOf = (local: Partial<StatsEntry>) => mediaPathOf(stats(local))?.kind
  t.equal(kindOf({ candidateType: 'prflx', protocol: 'udp' }), 'udp')
  t.equal(kindOf({ candidateType: 'host', protocol: 'tcp' }), 'tcp')
  t.equal(kindOf({ candidateType: 'relay', protocol: 'udp', relayProtocol: 'udp' }), 'turn-udp')
  t.equal(kindOf({ candidateType: 'relay', protocol: 'udp', relayProtocol: 'tcp' }), 'turn-tcp')
  t.equal(kindOf({ candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' }), 'turn-tls')
})

t.test('finds the pair of a browser that names none in the transport', async (t) => {
  const firefox = stats({ protocol: 'tcp' }, { selected: true }).filter(
    (entry) => entry.type !== 'transport',
  )
  t.equal(mediaPathOf(firefox)?.kind, 'tcp')
})

t.test('knows no path before a pair is selected', async (t) => {
  t.equal(mediaPathOf([]), undefined)
  t.equal(mediaPathOf([{ id: 'T', type: 'transport' }, remote]), undefined)
})

t.test('writes IPv6 in brackets, and says when the browser hides an address', async (t) => {
  t.equal(mediaPathOf(stats({ address: '2001:db8::1' }))?.local, '[2001:db8::1]:5000')
  t.equal(mediaPathOf(stats({ address: '' }))?.local, 'hidden by the browser, port 5000')
})

t.test('has words for every path', async (t) => {
  for (const kind of ['udp', 'tcp', 'turn-udp', 'turn-tcp', 'turn-tls'] as const) {
    t.ok(describePath(kind) && explainPath(kind))
  }
})

t.test('names the ports that a session description offers', async (t) => {
  const udp = 'a=candidate:udpcandidate 1 udp 1076558079 203.0.113.7 8443 typ host\r\n'
  const tcp =
    'a=candidate:tcpcandidate 1 tcp 1076302079 203.0.113.7 8443 typ host tcptype passive\r\n'
  t.equal(describePorts(`v=0\r\n${udp}${udp}${tcp}`), 'UDP and TCP port 8443')
  t.equal(describePorts(udp), 'UDP port 8443')
  t.equal(describePorts(udp + tcp.replace('8443', '443')), 'UDP port 8443 and TCP port 443')
  t.equal(describePorts('v=0\r\n'), undefined)
})
