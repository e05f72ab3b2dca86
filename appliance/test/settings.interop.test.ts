import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { freePorts, type Ports } from './free-ports.ts'
import { type RunningAppliance, startAppliance } from './running-appliance.ts'
import { logInTo, type SettingsCaller } from './settings-caller.ts'

const skip = needs('worker')

t.setTimeout(180_000)

async function startOn(t: Test) {
  const ports = await freePorts()
  const running = await startAppliance(configOf(ports))
  t.teardown(() => running.stop())
  const admin = await logInTo(running, ports.http)
  return { ports, running, admin }
}

function configOf({ https, http, media, turn, tls }: Ports): string {
  return `
public_address: 127.0.0.1
web: { https_port: ${https}, http_port: ${http} }
rtc: { udp_port: ${media}, tcp_port: ${media}, workers: 1 }
turn: { port: ${turn}, tls_port: ${tls}, workers: 1, relay_port_min: 50000, relay_port_max: 50999 }
log: { level: info }
`
}

/** Waits until so many lines say it. */
async function untilSaid(running: RunningAppliance, what: RegExp, count = 1): Promise<void> {
  const stdout = running.process.stdout
  if (stdout === null) throw new Error('it has no output')
  while (running.lines.filter((line) => what.test(line)).length < count) await once(stdout, 'data')
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Holds a port, as another program does. */
async function occupy(t: Test): Promise<number> {
  const server = createServer().listen(0, '0.0.0.0')
  t.teardown(() => server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const READY = /"msg":"ready"/

async function pendingOf(admin: SettingsCaller) {
  return (await admin.details()).pending
}

t.test('what is live is in effect at once', { skip }, async (t) => {
  const { running, admin } = await startOn(t)
  const saved = await admin.save({ 'log.level': 'debug', 'calls.max_participants': 3 })
  t.equal(saved.status, 200, saved.text)
  t.same(await pendingOf(admin), [])
  t.equal(await admin.valueOf('calls.max_participants'), 3)
  await untilSaid(running, /"level":"debug"/)
  t.equal((await admin.save({ 'log.level': null })).status, 200)
  t.equal(await admin.valueOf('log.level'), 'info', 'what the file says')
  t.equal(running.lines.filter((line) => READY.test(line)).length, 1, 'it was not restarted')
  const file = await readFile(join(running.dataDir, 'settings.yaml'), 'utf8')
  t.match(file, /max_participants: 3/)
  t.equal((await admin.call('GET', '/metrics')).status, 200, 'with a log-in')
})

t.test(
  'a restart takes up the rest: the new ports answer, the old ones do not',
  { skip },
  async (t) => {
    const { ports, running, admin } = await startOn(t)
    const fresh = await freePorts()
    const values = {
      'web.http_port': fresh.http,
      'turn.port': fresh.turn,
      'rtc.udp_port': fresh.media,
    }
    t.equal((await admin.save(values)).status, 200)
    t.same((await pendingOf(admin)).toSorted(), Object.keys(values).toSorted())
    t.ok(await answers(ports.http))
    t.equal((await admin.call('POST', '/api/admin/restart', {})).status, 200)
    await untilSaid(running, READY, 2)
    admin.moveTo(fresh.http)
    t.same(await pendingOf(admin), [], 'and nobody had to log in again')
    t.match((await admin.details()).lastRestart, { problem: undefined })
    t.same(
      [await answers(fresh.turn), await answers(ports.turn), await answers(ports.http)],
      [true, false, false],
    )
    const metrics = await admin.call('GET', '/metrics')
    t.match(metrics.text, /process_cpu_seconds_total/)
    for (const count of [3, 4]) {
      t.equal((await admin.call('POST', '/api/admin/restart', {})).status, 200)
      await untilSaid(running, READY, count)
    }
    t.equal(await running.end(), 0, 'SIGTERM ends it as ever')
  },
)

t.test('a port in use: what ran before is back, and the page says why', { skip }, async (t) => {
  const { ports, running, admin } = await startOn(t)
  const taken = await occupy(t)
  t.equal((await admin.save({ 'calls.max_participants': 7 })).status, 200)
  t.equal((await admin.save({ 'web.https_port': taken }, true)).status, 200)
  await untilSaid(running, READY, 2)
  const { lastRestart, pending, versions } = await admin.details()
  t.match(
    lastRestart?.problem,
    new RegExp(`Port ${taken}/tcp \\(web.https_port\\) is already in use`),
  )
  t.same(pending, [])
  t.equal(await admin.valueOf('web.https_port'), ports.https)
  t.equal(await admin.valueOf('calls.max_participants'), 7, 'what was in effect already stays')
  t.ok(await answers(ports.https))
  t.match(versions[0], { by: /did not work/, isCurrent: true })
  t.match(versions[1]?.changes, [{ path: 'web.https_port', after: String(taken) }])
  t.notMatch(await readFile(join(running.dataDir, 'settings.yaml'), 'utf8'), 'https_port')
})

t.test(
  'a reboot into settings that cannot start: those of the last start are back',
  {
    skip,
  },
  async (t) => {
    const { ports, running, admin } = await startOn(t)
    const taken = await occupy(t)
    t.equal((await admin.save({ 'web.https_port': taken })).status, 200, 'and no restart')
    t.equal(await running.end(), 0)
    const again = await running.startAgain()
    t.teardown(() => again.end())
    t.ok(await answers(ports.https))
    const { lastRestart, versions, pending } = await admin.details()
    t.match(lastRestart?.problem, new RegExp(`Port ${taken}/tcp`))
    t.match(versions[0], { by: /did not work/, isCurrent: true })
    t.same(pending, [])
    t.ok(again.lines.some((line) => /could not start with the settings saved last/.test(line)))
  },
)

t.test('settings that make no sense with the file keep nothing down', { skip }, async (t) => {
  const { ports, running, admin } = await startOn(t)
  const refused = await admin.save({ 'rtc.tcp_port': ports.turn })
  t.equal(refused.status, 422)
  t.match(refused.text, /uses the same TCP port/)
  t.same((await admin.details()).versions, [])
  t.equal(running.lines.filter((line) => READY.test(line)).length, 1)
})
