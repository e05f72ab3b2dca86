import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ConnectDetails, ConnectTest } from '#api'
import { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import { needs } from '../../scripts/test-needs.ts'
import { ConnectClient } from './connect-client.ts'
import { freePorts, type Ports } from './free-ports.ts'
import { until } from './relay-steps.ts'
import { type RunningAppliance, type Spawn, startAppliance } from './running-appliance.ts'

t.setTimeout(600_000)

const skip = needs('worker')

t.test(
  'passes every test of a chat server, with a certificate that is believed',
  { skip },
  async (t) => {
    const authority = await CertificateAuthority.create()
    const folder = t.testdir({ 'ca.pem': authority.cert })
    const pair = await authority.issue({ hosts: ['localhost'], ips: ['127.0.0.1'] })
    await writeFile(join(folder, 'cert.pem'), pair.cert)
    await writeFile(join(folder, 'key.pem'), pair.key)
    const tls = {
      mode: 'files',
      cert_file: join(folder, 'cert.pem'),
      key_file: join(folder, 'key.pem'),
    }
    const { admin, ports } = await start(t, '127.0.0.1', { tls }, join(folder, 'ca.pem'))
    const { tests, livekitUrl } = await admin.test()
    t.equal(livekitUrl, `wss://127.0.0.1:${ports.https}`)
    const wrong = tests.filter(({ state }) => state !== 'ok')
    t.same(
      wrong.map(({ id, state }) => `${id} ${state}`).filter((text) => !text.startsWith('clock ')),
      ['livekit-api warning'],
      JSON.stringify(wrong),
    )
    t.same(
      tests.map(({ id }) => id),
      [
        ...['dns', 'certificate', 'call-page', 'clock'],
        ...['turn-udp', 'turn-tcp', 'turn-tls', 'turn-tls-web', 'turn-rest'],
        ...['livekit-validate', 'livekit-wrong-key', 'livekit-join', 'livekit-api'],
      ],
    )
    await until(async () => (await admin.status()).rooms.length === 0)
    t.pass('the room of the test is gone')
  },
)

t.test(
  'says that nobody believes a self-signed certificate, and what works but for it',
  { skip },
  async (t) => {
    const { admin } = await start(t, '127.0.0.1')
    const { tests } = await admin.test()
    t.match(of(tests, 'certificate'), {
      state: 'failed',
      detail: /self-signed/,
      fix: /under Certificate/,
    })
    for (const id of [
      'turn-rest',
      'call-page',
      'livekit-validate',
      'livekit-wrong-key',
      'livekit-join',
    ]) {
      t.match(of(tests, id), { state: 'warning', detail: /self-signed/, fix: /certificate/ }, id)
    }
    t.match(of(tests, 'turn-udp'), { state: 'ok', detail: /there and back/ })
    t.match(of(tests, 'turn-tls'), { state: 'warning', detail: /self-signed/ })
  },
)

t.test('finds a wrong public address', { skip }, async (t) => {
  const { admin } = await start(t, '192.0.2.77')
  const { tests } = await admin.test()
  const outside = tests.filter(({ id }) => !['dns', 'clock'].includes(id))
  for (const { id, state, fix } of outside) {
    t.equal(state, 'failed', id)
    t.match(fix, /public_address \(now 192\.0\.2\.77\)/, id)
  }
  t.match(of(tests, 'turn-udp').fix, /turn\.port/)
  t.match(of(tests, 'livekit-join').fix, /web\.https_port/)
})

t.test(
  'a new LiveKit key signs at once; tokens of the old one are good until it is retired',
  { skip },
  async (t) => {
    const { admin, appliance } = await start(t, '127.0.0.1')
    const [old] = (await admin.details()).keys
    if (old === undefined) throw new Error('there is always a key')
    const { secret } = await admin.revealKey(old.key)
    t.match(secret, old.hint.slice(0, -1))
    const oldToken = await admin.sign(old.key, secret)
    t.equal(await admin.validate(oldToken), 200)
    const made = await admin.rotateKey()
    t.equal(await admin.validate(oldToken), 200, 'a token from before')
    t.equal(await admin.validate(await admin.sign(made.key, made.secret)), 200)
    t.equal(
      of((await admin.test()).tests, 'livekit-validate').state,
      'warning',
      'the certificate alone',
    )

    await appliance.end()
    const again = await appliance.startAgain()
    t.teardown(() => again.end())
    const after = await ConnectClient.logIn(admin.origin)
    t.match((await after.details()).keys, [
      { key: made.key, retiredAtMs: undefined },
      { key: old.key },
    ])
    t.equal(await after.validate(oldToken), 200, 'a restart keeps both')
    await after.retireKey(old.key)
    t.equal(await after.validate(oldToken), 401, 'retired')
    t.equal(await after.validate(await after.sign(made.key, made.secret)), 200)
    const kept = await readFile(join(again.dataDir, 'secrets.json'), 'utf8')
    t.notMatch(kept, secret)
    t.notMatch(appliance.lines.join('\n'), made.secret, 'what is made later is in no log')
  },
)

type Site = Readonly<{ admin: ConnectClient; appliance: RunningAppliance; ports: Ports }>

/** An appliance that announces this address, and believes this authority besides the usual ones. */
async function start(
  t: Test,
  publicAddress: string,
  web: object = {},
  authorityFile?: string,
): Promise<Site> {
  const ports = await freePorts()
  const config = {
    public_address: publicAddress,
    web: { https_port: ports.https, http_port: ports.http, ...web },
    rtc: { udp_port: ports.media, tcp_port: ports.media, workers: 1 },
    turn: { port: ports.turn, tls_port: ports.tls, workers: 1 },
  }
  const env = authorityFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: authorityFile }
  const appliance = await startAppliance(`${JSON.stringify(config)}\n`, spawnWith(env))
  t.teardown(() => appliance.stop())
  const admin = await ConnectClient.setUp(appliance, `https://127.0.0.1:${ports.https}`)
  return { admin, appliance, ports }
}

function of(tests: ConnectDetails['tests'], id: string): ConnectTest {
  const found = tests.find((test) => test.id === id)
  if (found === undefined) throw new Error(`no test ${id}`)
  return found
}

const spawnWith =
  (more: NodeJS.ProcessEnv): Spawn =>
  (command, args, env) =>
    spawn(command, args, {
      env: { ...process.env, ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
