import t from 'tap'
import type { AlertStatus, Status, Verdict } from '#api'
import { quietStatus } from '../../ui/server/test/sample-status.ts'
import { type HealthNews, judgeHealth } from './health.ts'

const QUIET = quietStatus(1_800_000_000_000)
const judged = (more: Partial<Status>, news?: HealthNews) =>
  judgeHealth({ ...QUIET, ...more }, news)
const ids = (more: Partial<Status>, news?: HealthNews) =>
  judged(more, news).verdicts.map(({ level, id }) => `${level} ${id}`)

const alert = (id: string, severity: AlertStatus['severity']): AlertStatus => ({
  id,
  title: 'The processor is busy',
  severity,
  condition: '',
  state: 'firing',
  sinceMs: 0,
  value: '91 %',
  text: 'Packets wait.',
  fix: 'More cores.',
  silencedUntilMs: undefined,
})

t.test('says that everything works', async (t) => {
  t.same(judged({}), { level: 'ok', text: 'Everything works: media, turn, web.', verdicts: [] })
})

t.test('puts the worst first, and says in one line that there is more', async (t) => {
  const finding: Verdict = { id: 'tcp:x', level: 'note', text: 'Ada …', fix: '' }
  const certificate = { expired: false, message: 'It expires in 3 days.', fix: 'Renew.' }
  const services = [{ name: 'turn', ok: false, detail: 'no worker' }]
  const news = { findings: [finding], alerts: [alert('cpu', 'warning')] }
  const health = judged({ certificate, services }, news)
  t.same(
    health.verdicts.map(({ id }) => id),
    ['service:turn', 'certificate', 'alert:cpu', 'tcp:x'],
  )
  t.match(health, { level: 'bad', text: 'turn does not work: no worker. And 2 more, see below.' })
  t.match(health.verdicts[2], {
    text: 'The processor is busy (91 %). Packets wait.',
    section: 'alerts',
  })
  t.equal(judged({}, { findings: [finding], alerts: [] }).level, 'ok', 'a note is no trouble')
})

t.test('does not say twice what an alert repeats', async (t) => {
  const certificate = { expired: false, message: 'It expires in 3 days.', fix: 'Renew.' }
  const news = {
    findings: [],
    alerts: [alert('certificate', 'warning'), alert('service', 'critical')],
  }
  t.same(ids({ certificate }, news), ['bad alert:service', 'warn certificate'])
  const services = [{ name: 'web', ok: false, detail: '' }]
  t.same(ids({ services }, news), ['bad service:web', 'warn alert:certificate'])
})

t.test('says which doors of the relay fail, once for each reason', async (t) => {
  const failed = (transport: 'udp' | 'tls' | 'tls-web', problem: string) => ({
    transport,
    ok: false,
    rttMs: undefined,
    problem,
    fix: 'Open it.',
  })
  const relay = (results: NonNullable<Status['relay']>['results']) => ({
    relay: { atMs: 1, running: false, results },
    services: [{ name: 'relay', ok: false, detail: '' }],
  })
  const both = [failed('tls', 'No answer.'), failed('tls-web', 'No answer.')]
  t.same(ids(relay(both)), ['warn relay:tls+tls-web'])
  t.match(judged(relay(both)).text, 'The relay does not work over TLS, TLS on the web port: No')
  t.same(ids(relay([failed('udp', 'No answer.')])), ['bad relay:udp'])
  t.same(ids({ ...relay([]) }), ['bad service:relay'], 'not tested yet')
})

t.test('says who is not admitted, and what is wrong with the address', async (t) => {
  const capacity = { ...QUIET.capacity, admission: 'no-video', reason: 'The CPU is full.' } as const
  t.same(ids({ capacity }), ['warn admission'])
  t.match(judged({ capacity }).text, /Cameras and screens are refused.*The CPU is full\.$/)
  t.same(ids({ capacity: { ...capacity, admission: 'nobody' } }), ['bad admission'])
  const address = { ...QUIET.address, how: 'interface', ip: '192.168.1.5' } as const
  t.same(ids({ address }), ['note address'])
  t.same(ids({ address: { ...address, ip: '1.2.3.4' } }), [])
  t.same(ids({ address: { ...address, how: 'loopback', ip: '127.0.0.1' } }), ['warn address'])
})
