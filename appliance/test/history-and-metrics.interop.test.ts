import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { HistoryRange, Status } from '#api'
import { needs } from '../../scripts/test-needs.ts'
import { Ring } from '../telemetry/history/ring.ts'
import { freePorts } from './free-ports.ts'
import { secretsOf, until } from './relay-steps.ts'
import { type RunningAppliance, startAppliance } from './running-appliance.ts'

t.setTimeout(120_000)

t.test(
  'tells the truth about itself, and history outlives a restart',
  {
    skip: needs('worker'),
  },
  async (t) => {
    const ports = await freePorts()
    const config = {
      public_address: '127.0.0.1',
      web: { https_port: ports.https, http_port: ports.http },
      rtc: { udp_port: ports.media, tcp_port: ports.media, workers: 1 },
      turn: { port: ports.turn, tls_port: ports.tls, workers: 1 },
    }
    const appliance = await startAppliance(`${JSON.stringify(config)}\n`)
    t.teardown(() => appliance.end())
    const { adminApiToken } = await secretsOf(appliance)
    const get = async (path: string) => {
      const headers = { authorization: `Bearer ${adminApiToken}` }
      return (await fetch(`http://localhost:${ports.http}${path}`, { headers })).text()
    }
    const beganMs = Date.now()
    const history = async (): Promise<HistoryRange> =>
      JSON.parse(await get(`/api/admin/history?from=${beganMs - 60_000}&to=${Date.now() + 60_000}`))

    await until(async () => (await history()).points.length >= 3)
    const status: Status = JSON.parse(await get('/api/admin/status'))
    const kinds = status.processes.map(({ kind }) => kind)
    t.same(kinds, ['main', 'media', 'turn'])
    t.equal(status.processes[0]?.pid, appliance.process.pid)
    for (const { kind, pid, rssBytes } of status.processes) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8')
      t.match(command, kind === 'media' ? /mediasoup-worker/ : /node/, kind)
      t.ok(rssBytes > 1e6 && rssBytes < 1e9, `${kind} has ${rssBytes} bytes`)
    }
    t.same(
      status.kernel.socketDrops.map(({ port }) => port),
      [ports.media, ports.turn, 49152],
    )
    t.equal(status.kernel.relayPorts.total, 16_384)
    t.ok(status.kernel.files.open > 10 && status.kernel.files.max >= status.kernel.files.open)
    t.ok((status.disk?.freeBytes ?? 0) > 0)
    const metrics = await get('/metrics')
    for (const kind of kinds)
      t.match(metrics, `callbox_process_cpu_ratio{kind="${kind}",number="1"}`)
    t.match(await get(`/api/admin/history.csv?from=${beganMs}&to=${Date.now()}`), /^time,step_/)

    t.equal(await appliance.end(), 0)
    const kept = await keptSeconds(appliance)
    t.ok(kept >= 3)
    const again = await appliance.startAgain()
    t.teardown(() => again.stop())
    t.notMatch(again.lines.join('\n'), /history (starts anew|cannot be kept)/)
    await until(async () => (await history()).points.length > 0)
    t.equal(await again.end(), 0)
    t.ok((await keptSeconds(again)) > kept, 'what was before the restart is there, and more')
  },
)

/** How many seconds the file of ten-second steps has. */
async function keptSeconds({ dataDir }: RunningAppliance): Promise<number> {
  const ring = new Ring({ stepMs: 10_000, rows: 26 * 360 })
  t.equal(ring.load(await readFile(join(dataDir, 'history/10-seconds.ring'))), undefined)
  const rows = ring.between(0, Date.now())
  return rows.reduce((sum, { seconds }) => sum + seconds, 0)
}
