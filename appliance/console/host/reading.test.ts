import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { logLines } from './log-lines.ts'
import {
  lookAtNetwork,
  parseInterfaceNames,
  parseNameServers,
  parseRoutes,
  parseRoutes6,
} from './network-facts.ts'

t.test('reads the routes of the kernel', async (t) => {
  const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
  const rows = [
    'ens3\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'ens3\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'ens4\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0',
    'wg0\t00000000\t0200000A\t0003\t0\t0\t0\t00000080\t0\t0\t0',
  ]
  t.same(parseRoutes([head, ...rows].join('\n')), ['10.0.0.1'])
  t.same(parseRoutes(''), [])
  const none = '0'.repeat(32)
  const gateway = `fe80${'0'.repeat(27)}1`
  const default6 = `${none} 00 ${none} 00 ${gateway} 00000400 00000001 00000000 00000003     ens3`
  const local6 = `${none} 00 ${none} 00 ${none} ffffffff 00000001 00000000 00200200       lo`
  t.same(parseRoutes6([default6, local6].join('\n')), ['fe80::1'])
})

t.test('reads interfaces and name servers', async (t) => {
  const dev = `Inter-|   Receive\n face |bytes\n    lo: 1\n  ens3: 2\ndocker0: 3\nveth12: 4\n  eno1: 5\n`
  t.same(parseInterfaceNames(dev), ['eno1', 'ens3'])
  t.same(parseNameServers('# nameserver 1\nnameserver 192.0.2.53\nsearch a\nnameserver ::1\n'), [
    '192.0.2.53',
    '::1',
  ])
})

t.test('agrees with this kernel', async (t) => {
  const { interfaces, gateways } = await lookAtNetwork('/')
  const known = readdirSync('/proc/sys/net/ipv4/conf')
  for (const { name } of interfaces) t.ok(known.includes(name), name)
  const hasDefault = /^\S+\t00000000\t(?!00000000)/m.test(readFileSync('/proc/net/route', 'utf8'))
  t.equal(
    gateways.some((gateway) => gateway.includes('.')),
    hasDefault,
  )
})

t.test('shows the log without the secrets that a start tells on purpose', async (t) => {
  const secret = 'S3cr3t-S3cr3t-S3cr3t'
  const time = '2026-01-02T12:30:00.000Z'
  const lines = logLines(
    [
      {
        level: 'info',
        time,
        link: `https://a/admin/setup?code=${secret}`,
        msg: 'set the password',
      },
      { level: 'info', time, turnStaticAuthSecret: secret, msg: 'for Mattermost' },
      { level: 'info', time, url: 'wss://a', key: 'API', secret, msg: 'for LiveKit' },
      { level: 'warn', time, fix: 'Do this.', msg: `see https://a/call/x?token=${secret}` },
      {
        level: 'error',
        time,
        err: { message: 'broken', stack: `at ?password=${secret}` },
        msg: 'x',
      },
      `plain text with ?token=${secret}`,
      '',
      '{"half": ',
    ]
      .map((row) => (typeof row === 'string' ? row : JSON.stringify(row)))
      .join('\n'),
  )
  t.notMatch(lines.join('\n'), secret)
  t.equal(lines.length, 7)
  t.match(lines[3], /^12:30:00 warn see https.* fix=Do this\.$/)
  t.match(lines[4], 'broken')
})
