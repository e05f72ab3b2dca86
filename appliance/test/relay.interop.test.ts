import { writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import type { Readiness, TurnDetails, TurnRestCredentials, TurnSecret } from '#api'
import { TurnClient } from '#turn'
import { needs } from '../../scripts/test-needs.ts'
import { freePorts, type Ports } from './free-ports.ts'
import { admits, admitsLogin, logIn, loginWith, secretsOf, until } from './relay-steps.ts'
import { type RunningAppliance, startAppliance } from './running-appliance.ts'

t.setTimeout(120_000)

const ip = '127.0.0.1'
const RELAY_PORTS = { min: 20_000, max: 20_999 }

type Fixture = Readonly<{ appliance: RunningAppliance; ports: Ports; origin: string }>

t.test('the relay of a running appliance', { skip: needs('worker') }, async (t) => {
  const ports = await freePorts()
  const appliance = await startAppliance(configText(ports, {}))
  t.teardown(() => appliance.stop())
  const fixture = { appliance, ports, origin: `http://localhost:${ports.http}` }

  await t.test('is tried through every door, and the deny list too', (t) => isTried(t, fixture))
  await t.test('lets in whom GET /api/turn gave credentials', (t) => givesOut(t, fixture))
  await t.test('rotates and retires its secret while it runs', (t) => rotates(t, fixture))
  await t.test('follows its configuration file on SIGHUP', (t) => reloads(t, fixture))
})

async function isTried(t: Test, { appliance, origin }: Fixture): Promise<void> {
  const readiness = (await (await fetch(`${origin}/readyz`)).json()) as Readiness
  const relay = readiness.services.find(({ name }) => name === 'relay')
  t.match(relay, {
    ok: true,
    detail: /UDP [\d.]+ ms; TCP [\d.]+ ms; TLS [\d.]+ ms; TLS on the web port/,
  })
  const metrics = await scrape(appliance, origin)
  for (const door of ['udp', 'tcp', 'tls', 'tls-web']) {
    t.match(metrics, `callbox_relay_self_test_ok{door="${door}"} 1\n`)
  }
  t.match(metrics, 'callbox_relay_deny_probes{outcome="granted"} 0\n')
  t.match(metrics, /callbox_relay_deny_probes\{outcome="refused"\} [1-9]/)
  t.equal((await fetch(`${origin}/metrics`)).status, 401)
}

async function givesOut(t: Test, { appliance, ports, origin }: Fixture): Promise<void> {
  const { turnApiKey } = await secretsOf(appliance)
  const query = `service=turn&username=anna&key=${turnApiKey}`
  const answer = await fetch(`${origin}/api/turn?${query}`)
  const given = (await answer.json()) as TurnRestCredentials
  t.match(given, {
    username: /^\d+:anna$/,
    ttl: 86_400,
    uris: [`turn:${ip}:${ports.turn}?transport=udp`, `turn:${ip}:${ports.turn}?transport=tcp`],
  })
  for (const [transport, port] of [
    ['udp', ports.turn],
    ['tls', ports.https],
  ] as const) {
    const client = await TurnClient.connect({ transport, ip, port }, given)
    t.teardown(() => client.close())
    t.match(await client.allocate(4), { ip, port: Number })
    await t.rejects(client.createPermission('10.0.0.1'), { code: 403 })
  }
  const scraped = await scrapeUntil(
    appliance,
    origin,
    /allocations\{transport="udp",family="ipv4"\} 1/,
  )
  t.match(scraped, /allocations\{transport="tls",family="ipv4"\} 1/)
  t.notMatch(scraped, /anna|127\.0\.0\.1/, 'no user and no address is told')
}

async function rotates(t: Test, { appliance, ports, origin }: Fixture): Promise<void> {
  const admin = await logIn(appliance, origin)
  const before = (await secretsOf(appliance)).turnStaticAuthSecret
  const { secret } = await admin<TurnSecret>('POST', '/api/admin/turn/secret')
  t.not(secret, before)
  t.equal((await secretsOf(appliance)).turnStaticAuthSecret, secret, 'kept for the next start')
  t.equal(await admits(ports.turn, secret), true, 'the new one signs')
  t.equal(await admits(ports.turn, before), true, 'the old one still admits')

  const details = await admin<TurnDetails>('GET', '/api/admin/turn')
  t.match(details.secrets, { origin: 'generated', current: { hint: `${secret.slice(0, 4)}…` } })
  t.notOk(JSON.stringify(details).includes(secret), 'no secret among the facts')
  const [previous] = details.secrets.previous
  await admin('DELETE', `/api/admin/turn/previous-secrets/${previous?.id}`)
  await until(async () => !(await admits(ports.turn, before)))
  t.equal(await admits(ports.turn, secret), true)

  const rows = (await admin<TurnDetails>('GET', '/api/admin/turn')).allocations
  t.match(
    rows.find(({ userId }) => userId === 'anna'),
    { relayed: [String], expiresAtMs: Number },
  )
  for (const { id } of rows) await admin('DELETE', `/api/admin/turn/allocations/${id}`)
  await until(async () => {
    const { allocations } = await admin<TurnDetails>('GET', '/api/admin/turn')
    return allocations.length === 0
  })
}

async function reloads(t: Test, { appliance, ports }: Fixture): Promise<void> {
  const logged = (text: string) => appliance.lines.filter((line) => line.includes(text)).length
  const reloadWith = async (text: string, message: string) => {
    const before = logged(message)
    await writeFile(appliance.configFile, text)
    appliance.process.kill('SIGHUP')
    await until(async () => logged(message) > before)
  }
  const secret = 'a-secret-of-the-configuration'
  const turn = { static_auth_secret: secret, static_users: { bridge: 'a-lasting-password' } }
  await reloadWith(configText(ports, turn), 'the configuration was read again')
  await until(() => admits(ports.turn, secret))
  await until(() => admitsLogin(ports.turn, { username: 'bridge', password: 'a-lasting-password' }))

  await reloadWith(`${configText(ports, turn)}nonsense: 1\n`, 'the last good one stays')
  t.equal(await admits(ports.turn, secret), true)

  const moved = { ...turn, realm: 'elsewhere', allowed_peers: ['10.0.0.0/8'] }
  await reloadWith(configText(ports, moved), 'need a restart')
  t.match(appliance.lines.at(-1), /turn\.realm/)
  const login = loginWith(secret)
  const client = await TurnClient.connect({ transport: 'udp', ip, port: ports.turn }, login)
  t.teardown(() => client.close())
  await client.allocate(4)
  await t.resolves(client.createPermission('10.0.0.1'), 'allowed by turn.allowed_peers')
}

function configText(ports: Ports, turn: object): string {
  return `${JSON.stringify({
    public_address: ip,
    web: { https_port: ports.https, http_port: ports.http },
    rtc: { udp_port: ports.media, tcp_port: ports.media, workers: 1 },
    turn: {
      port: ports.turn,
      tls_port: ports.tls,
      workers: 2,
      peer_policy: 'sfu-only',
      relay_port_min: RELAY_PORTS.min,
      relay_port_max: RELAY_PORTS.max,
      ...turn,
    },
  })}\n`
}

async function scrape(appliance: RunningAppliance, origin: string): Promise<string> {
  const { adminApiToken } = await secretsOf(appliance)
  const headers = { authorization: `Bearer ${adminApiToken}` }
  return (await fetch(`${origin}/metrics`, { headers })).text()
}

async function scrapeUntil(
  appliance: RunningAppliance,
  origin: string,
  pattern: RegExp,
): Promise<string> {
  let text = ''
  await until(async () => {
    text = await scrape(appliance, origin)
    return pattern.test(text)
  })
  return text
}
