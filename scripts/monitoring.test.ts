import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { sampleMetrics } from '../appliance/telemetry/test/sample-metrics.ts'
import { needs } from './test-needs.ts'

type Panel = Readonly<{
  id: number
  type: string
  title: string
  gridPos: Readonly<{ x: number; y: number; w: number; h: number }>
  datasource?: Readonly<{ type: string; uid: string }>
  targets?: readonly Readonly<{ expr: string; datasource: Readonly<{ uid: string }> }>[]
}>

const folder = join(import.meta.dirname, '../docs/monitoring')
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const dashboard: Readonly<{
  panels: readonly Panel[]
  templating: Readonly<{ list: readonly Readonly<{ name: string; type: string }>[] }>
}> = JSON.parse(read('grafana-dashboard.json'))
const rules: readonly Readonly<{ alert: string; expr: string }>[] = parse(
  read('prometheus-alerts.yaml'),
).groups.flatMap(({ rules }: { rules: unknown }) => rules)
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
const metricsIn = (text: string) => new Set(text.match(/callbox_\w+/g))

/** The labels that samples of each of our metrics have, by its name. */
const served: ReadonlyMap<string, string> = new Map(
  Array.from(
    (await sampleMetrics()()).matchAll(/^(callbox_\w+)(?:\{(.*)\})? /gm),
    ([, name = '', labels = '']) => [name, labels],
  ),
)

/** What an expression asks for and will not get: metrics, and labels of metrics. */
function unservedIn(expression: string): readonly string[] {
  const metrics = [...metricsIn(expression)].filter((name) => !served.has(name))
  const labels = Array.from(
    expression.matchAll(/(callbox_\w+)\{(.*?)\}/g),
    ([, name = '', matchers = '']) =>
      Array.from(matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"/g), ([, label = '']) => label)
        .filter((label) => label !== 'instance' && !served.get(name)?.includes(`${label}="`))
        .map((label) => `${name}{${label}}`),
  )
  return [...metrics, ...labels.flat()]
}

t.test(
  'dashboard and alerts name metrics that are served, and labels that they have',
  async (t) => {
    t.ok(served.size > 60)
    t.same([...expressions, ...rules.map(({ expr }) => expr)].flatMap(unservedIn), [])
    t.same(unservedIn('callbox_none + callbox_rooms{of="a"} + callbox_tracks{kind="b"}'), [
      'callbox_none',
      'callbox_rooms{of}',
    ])
  },
)

t.test('every metric of ours has its place on the dashboard or in an alert', async (t) => {
  const used = metricsIn([...expressions, ...rules.map(({ expr }) => expr)].join('\n'))
  const unused = [...served.keys()].filter((name) => !used.has(name))
  t.same(unused.sort(), [
    'callbox_acme_next_attempt_timestamp_seconds',
    'callbox_certificate_info',
    'callbox_core_softirq_ratio',
    'callbox_core_steal_ratio',
    'callbox_load_average',
    'callbox_public_address_local',
    'callbox_relay_self_test_timestamp_seconds',
    'callbox_tracks_published',
  ])
})

t.test('the dashboard can be imported anywhere, and no panel hides another', async (t) => {
  const { templating, panels } = dashboard
  t.match(templating.list, [{ name: 'datasource', type: 'datasource' }])
  const sources = panels.flatMap(({ datasource, targets = [] }) => [
    ...(datasource === undefined ? [] : [datasource.uid]),
    ...targets.map(({ datasource }) => datasource.uid),
  ])
  t.same(new Set(sources), new Set([`\${datasource}`]))
  const charts = panels.filter(({ type }) => type !== 'row')
  t.same(
    charts.filter(({ targets = [] }) => targets.length === 0),
    [],
  )
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  )
  t.equal(new Set(cells).size, cells.length)
  t.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24))
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  t.same(
    panels.filter(({ type }) => type === 'row').map(({ title }) => title),
    ['Health', 'Calls', 'Quality', 'Paths', 'TURN', 'Machine', 'Kernel'],
  )
})

const skip = needs('promtool')

t.test('Prometheus takes the alert rules, and they fire when they should', { skip }, async (t) => {
  promtool(t, 'check', 'rules', '--lint-fatal', join(folder, 'prometheus-alerts.yaml'))
  promtool(t, 'test', 'rules', join(folder, 'prometheus-alerts.test.yaml'))
})

t.test('Prometheus understands what the panels ask for', { skip }, async (t) => {
  const file = join(t.testdir(), 'panels.yaml')
  const asRules = expressions.map((expr, at) => ({
    record: `panel:${at}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }))
  writeFileSync(file, stringify({ groups: [{ name: 'panels', rules: asRules }] }))
  promtool(t, 'check', 'rules', file)
})

function promtool(t: import('tap').Test, ...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
  t.equal(status, 0, stdout + stderr)
}
