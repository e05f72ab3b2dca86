import t from 'tap'
import type { CallParticipant } from '#api'
import { clientNetwork } from './client-network.ts'
import { diagnoseCalls } from './diagnose-calls.ts'
import { oldClientWords } from './old-clients.ts'
import { callOf, freeze, losing, NOW_MS, OWN, person } from './test/sample-calls.ts'

/** What is said of one call of these people. */
const said = (people: readonly CallParticipant[], own = OWN) =>
  diagnoseCalls([callOf(people)], own).map(({ level, text, fix }) => `${level}: ${text} ${fix}`)

/** So many people of a network. */
const people = (count: number, prefix: string, more: Partial<CallParticipant> = {}) =>
  Array.from({ length: count }, (_, n) =>
    person(`${prefix}${n}`, { address: `${prefix}${n + 1}`, ...more }),
  )

t.test('has nothing to say of people who are well', async (t) => {
  t.same(said([person('ada'), person('grace', { path: undefined, joinedAtMs: NOW_MS - 5000 })]), [])
  t.same(diagnoseCalls([], OWN), [])
})

t.test('puts together who relays from one network, and says whom to ask for what', async (t) => {
  const relaying = people(5, '203.0.113.', { path: 'turn-tls' })
  const [verdict, ...more] = diagnoseCalls(
    [callOf([...relaying, ...people(4, '198.51.100.')])],
    OWN,
  )
  t.same(more, [])
  t.equal(
    verdict?.text,
    '5 people from 203.0.113.0/24 relay over TURN over TLS, most likely because UDP 8443 does not reach them.',
  )
  t.match(verdict?.fix, /^Ask that network’s administrators for UDP 8443 to this server\./)
  t.match(verdict, { id: 'relayed:turn-tls:203.0.113.0/24', level: 'warn', section: 'calls' })
  t.equal(verdict?.people?.length, 5)
})

t.test('a single person on a relay or on TCP is a note', async (t) => {
  t.match(said([person('Ada', { path: 'turn-udp' }), person('Bob', { address: '192.0.2.1' })]), [
    /^note: Ada from 203\.0\.113\.0\/24 relays over TURN over UDP, most likely because media on port/,
  ])
  t.match(said([person('Ada', { path: 'tcp', address: '192.168.7.9' }), person('Bob')]), [
    /^note: Ada from the private network 192\.168\.7\.0\/24 sends media over TCP.*firewalls between/,
  ])
})

t.test('a network that lets UDP through for others is not the reason', async (t) => {
  const others = [person('Bob'), person('Eve', { path: 'turn-tcp' })]
  t.match(said([person('Ada', { path: 'tcp' }), ...others]), [
    /^note: Eve from \S+ relays over TURN over TCP, although UDP 8443 works for 1 person there/,
    /^note: Ada from \S+ sends media over TCP, although UDP 8443 works for 1 person there\. .* this person’s own computer blocks it\. Have them join again/,
  ])
  t.match(
    said([...people(3, '203.0.113.', { path: 'tcp' }), person('Bob', { address: '203.0.113.9' })]),
    [/^warn: 3 people from 203\S+ send media over TCP, most likely because UDP 8443 does not/],
    'one of four may come another way',
  )
  const nowhere = { address: undefined }
  t.match(said([person('Ada', { path: 'tcp', ...nowhere }), person('Bob', nowhere)]), [
    /^note: Ada from an unknown network sends media over TCP, most likely because/,
  ])
})

t.test('UDP that reaches nobody, whatever their network, is blocked on our side', async (t) => {
  const everywhere = ['203.0.113.', '198.51.100.', '192.0.2.'].flatMap((prefix) =>
    people(2, prefix, { path: 'tcp' }),
  )
  t.match(said(everywhere), [
    /^warn: All 6 people send media over TCP.*3 networks.*on our side\. Open UDP 8443 in this machine/,
  ])
  t.equal(said([...everywhere, ...people(6, '10.1.1.')]).length, 3, 'others are well: not ours')
})

t.test('loss of one is their link, of a network that network, of all our link', async (t) => {
  const lossy = { up: losing(7.2) }
  t.match(said([person('Ada', lossy), person('Bob'), person('Eve')]), [
    /^warn: Ada from 203\S+ loses up to 8 % of the packets on the way to us\. Most likely their own connection is the reason, as 2 people there do not\./,
  ])
  t.match(said([...people(3, '203.0.113.', lossy), ...people(3, '198.51.100.')]), [
    /^warn: 3 people from 203.*Most likely that network’s link is full/,
  ])
  t.match(said([...people(2, '203.0.113.', lossy), ...people(2, '198.51.100.', lossy)]), [
    /^bad: All 4 people lose.*2 networks, most likely our own link/,
  ])
  t.match(said([person('Ada', { down: losing(4) }), person('Bob')]), [/on the way to this person/])
})

t.test('blames nobody while our own machine cannot keep up', async (t) => {
  const strain = ['the kernel drops packets (120 in the last minute)']
  const lossy = [...people(2, '203.0.113.', { up: losing(9) }), person('Eve', { path: 'tcp' })]
  const found = said(lossy, { ...OWN, strain })
  t.match(found, [
    /^bad: 2 people have loss.*kernel drops packets \(120.*Most likely the machine is the reason, not their/,
    /^note: Eve .*TCP/,
  ])
  t.same(said([person('Ada')], { ...OWN, strain }), [], 'nobody suffers')
})

t.test('knows media that does not connect, and a relay that had no room', async (t) => {
  const waiting = person('Ada', {
    path: undefined,
    connectMs: undefined,
    joinedAtMs: NOW_MS - 40_000,
  })
  t.match(said([waiting]), [/^warn: Ada from .* has not connected for more than 15 seconds\. Most/])
  t.match(said([waiting], { ...OWN, relaysRefused: 3 }), [/^bad: .*refused 3 of late\. Raise turn/])
})

t.test('names frozen video, high delay and old clients', async (t) => {
  const events = [freeze('Ada', NOW_MS - 100_000), freeze('Ada', NOW_MS - 5000)]
  const [frozen] = diagnoseCalls([callOf([person('Ada'), person('Bob')], { events })], OWN)
  t.match(frozen?.text, /^The video of Ada from .* stood still several times/)
  const once = [freeze('Ada', NOW_MS - 400_000), freeze('Ada', NOW_MS - 5000)]
  t.same(diagnoseCalls([callOf([person('Ada')], { events: once })], OWN), [])
  t.match(said([person('Ada', { down: { ...losing(0), rttMs: 420 } })]), [/up to 500 ms there/])
  t.match(said([person('Ada', { client: 'livekit-client 1.15.2, Chrome 98, Linux' })]), [
    /^note: Ada .* uses an old client \(livekit-client 1\)/,
  ])
  t.equal(oldClientWords('Firefox 102.0, Linux'), 'Firefox 102')
  t.equal(oldClientWords('livekit-client 2.23.0, Chrome 156, Linux'), undefined)
  t.equal(oldClientWords('x'.repeat(1e6)), undefined)
})

t.test('finds the network of every kind of address', async (t) => {
  const words = (address?: string) => clientNetwork(address).words
  t.equal(words('203.0.113.77:5000'), '203.0.113.0/24')
  t.equal(words('::ffff:203.0.113.77'), '203.0.113.0/24')
  t.equal(words('[2001:db8:1:2::3]:443'), '2001:db8:1::/48')
  t.equal(words('fe80::1%eth0'), 'the private network fe80::/48')
  t.equal(words('127.0.0.1'), 'this machine itself')
  t.equal(words('100.64.1.2'), '100.64.1.0/24, which a provider’s NAT uses')
  t.equal(words('nonsense'), 'an unknown network')
  t.equal(words(undefined), 'an unknown network')
})
