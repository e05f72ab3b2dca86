import { execFile } from 'node:child_process'
import { request } from 'node:https'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { httpSink } from '../alerts/test/sinks.ts'
import { freePorts, type Ports } from './free-ports.ts'
import { secretsOf } from './relay-steps.ts'
import { type RunningAppliance, startAppliance } from './running-appliance.ts'

t.setTimeout(240_000)

const MAIN = join(import.meta.dirname, '../main.ts')
const run = promisify(execFile)

/** How `callbox doctor` ended on an appliance, and what it printed. */
async function doctor(appliance: RunningAppliance, ...more: string[]) {
  const options = ['--config', appliance.configFile, '--data-dir', appliance.dataDir, ...more]
  try {
    const { stdout } = await run(process.execPath, [MAIN, 'doctor', ...options])
    return { code: 0, stdout }
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string }
    return { code, stdout }
  }
}

/** The alerts as a script reads them. */
async function readAlerts(appliance: RunningAppliance, port: number) {
  const { adminApiToken } = await secretsOf(appliance)
  const headers = { authorization: `Bearer ${adminApiToken}` }
  const options = { rejectUnauthorized: false, headers, agent: false }
  return new Promise<import('#api').AlertDetails>((resolve, reject) => {
    request(`https://127.0.0.1:${port}/api/admin/alerts`, options, (answer) => {
      let text = ''
      answer.on('data', (part) => {
        text += part
      })
      answer.on('end', () => resolve(JSON.parse(text)))
    })
      .on('error', reject)
      .end()
  })
}

const skip = needs('worker')

t.test('doctor says what the page says, and ends with 1 when it is bad', { skip }, async (t) => {
  const told = Promise.withResolvers<string>()
  const sink = await httpSink(t, {
    answer: (response, { body }) => {
      response.end('ok')
      if (body.includes('A service does not work')) told.resolve(body)
    },
  })
  const ports = await freePorts()
  // Not even the self-test's packets are that small.
  const broken = { limits: { bytes_per_second_per_allocation: 1 } }
  const appliance = await startAppliance(configOf(ports, sink.url.href, broken))
  t.teardown(() => appliance.stop())

  t.match(JSON.parse(await told.promise).attachments, [{ color: '#b3241b', text: /relay/ }])
  const { rules, channels, events } = await readAlerts(appliance, ports.https)
  t.match(
    rules.find(({ id }) => id === 'service'),
    { state: 'firing', value: 'relay' },
  )
  t.match(channels, [{ name: 'Mattermost', target: sink.url.host }])
  t.notMatch(JSON.stringify([channels, events, appliance.lines]), /the-secret/)

  const { code, stdout } = await doctor(appliance)
  t.equal(code, 1, stdout)
  t.match(stdout, /^Callbox runs here\. The relay does not work over UDP/m)
  t.match(stdout, /^problem {2}The relay does not work over UDP/m)
  t.match(stdout, /^alert {4}A service does not work: relay \(since/m)
  const facts = JSON.parse((await doctor(appliance, '--json')).stdout)
  t.match(facts, { ok: false, health: { level: 'bad' } })
  t.equal(facts.alerts.length, rules.length)

  t.equal(await appliance.end(), 0)
  const after = await doctor(appliance)
  t.match(after.stdout, /Callbox does not run here: it was not asked/)
  t.equal(after.code, 0, after.stdout)
})

function configOf(ports: Ports, webhook: string, turn: object): string {
  return JSON.stringify({
    public_address: '127.0.0.1',
    web: { https_port: ports.https, http_port: ports.http },
    rtc: { udp_port: ports.media, tcp_port: ports.media, workers: 1 },
    turn: { port: ports.turn, tls_port: ports.tls, workers: 1, ...turn },
    alerts: { mattermost_webhooks: [webhook] },
  })
}
