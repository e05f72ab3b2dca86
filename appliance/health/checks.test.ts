import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import { loadConfig } from '../config/load.ts'
import { loadSecrets } from '../data-dir.ts'
import { writeProgress } from '../tls/acme/progress.ts'
import { writeChoice, writeUploaded } from '../tls/choice.ts'
import { loadSelfSigned } from '../tls/self-signed.ts'
import { runChecks } from './checks.ts'
import { checkCertificate, checkDataDir, checkPublicAddress } from './installation-checks.ts'
import { checkClock, checkKernel, checkNode, checkWorker } from './machine-checks.ts'
import { checkPorts, checkRelay, isCallboxRunning, wantedPorts } from './port-checks.ts'

const folder = await mkdtemp(join(tmpdir(), 'callbox-health-'))
t.teardown(() => rm(folder, { recursive: true }))
const nowMs = Date.UTC(2026, 10, 22)

const load = (env: NodeJS.ProcessEnv = {}, dataDir = join(folder, 'none')) =>
  loadConfig({ env, dataDir, defaultFile: join(folder, 'absent.yaml') })

/** Serves HTTP on a free loopback port until the test ends. */
async function serve(test: Test, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  test.teardown(() => server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const answerAsCallbox: RequestListener = (request, response) => {
  const ready = { ready: false, services: [{ name: 'sfu', ok: false, detail: '' }] }
  response.statusCode = request.url === '/readyz' ? 503 : 200
  response.end(JSON.stringify(request.url === '/readyz' ? ready : { ok: true }))
}

t.test('wants Node 22.18 or later', async (t) => {
  t.match(checkNode('20.20.2'), { verdict: 'problem', fix: /bring their own/ })
  t.match(checkNode('22.17.1'), { verdict: 'problem' })
  for (const version of ['22.18.0', '24.0.0', '26.10.0']) t.match(checkNode(version).verdict, 'ok')
})

t.test('tells a media worker from other programs by how it refuses to run alone', async (t) => {
  const script = async (name: string, text: string) => {
    const path = join(folder, name)
    await writeFile(path, `#!/bin/sh\n${text}\n`)
    await chmod(path, 0o755)
    return path
  }
  t.match(await checkWorker(await script('worker', 'exit 41')), { verdict: 'ok' })
  t.match(await checkWorker(await script('other', 'exit 0')), { fact: /is not a media worker/ })
  t.match(await checkWorker(await script('dies', 'kill -SEGV $$')), { verdict: 'problem' })
  t.match(await checkWorker(join(folder, 'absent')), { verdict: 'warning', fix: /npm start/ })
  t.match(await checkWorker(undefined), { verdict: 'warning', fact: 'there is none yet' })
})

t.test('names the kernel settings to change', async (t) => {
  const proc = join(folder, 'proc')
  await mkdir(join(proc, 'net'), { recursive: true })
  await mkdir(join(proc, 'sys/net/core'), { recursive: true })
  await writeFile(join(proc, 'net/snmp'), 'Udp: InDatagrams RcvbufErrors\nUdp: 995 5\n')
  await writeFile(join(proc, 'sys/net/core/rmem_max'), '212992')
  await writeFile(join(proc, 'sys/net/core/wmem_max'), '16777216')
  t.match(checkKernel(proc), [
    { verdict: 'warning', fix: 'callbox tune --apply sets net.core.rmem_max=16777216,' },
    { verdict: 'warning', fact: /^5 of 1000 since boot/ },
  ])
  await writeFile(join(proc, 'net/snmp'), 'Udp: InDatagrams RcvbufErrors\nUdp: 9995 5\n')
  await writeFile(join(proc, 'sys/net/core/rmem_max'), '16777216')
  t.match(checkKernel(proc), [{ verdict: 'ok' }, { verdict: 'ok' }])
})

t.test('refuses a clock that is long past', async (t) => {
  t.match(await checkClock(0), { verdict: 'problem' })
  t.not((await checkClock(nowMs)).verdict, 'problem')
})

t.test('finds data that other users can read, or that is damaged', async (t) => {
  const dataDir = join(folder, 'data')
  t.match(await checkDataDir(dataDir), { verdict: 'ok', fact: /first start creates it/ })
  await loadSecrets(dataDir)
  t.match(await checkDataDir(dataDir), { verdict: 'ok', fact: /closed to other users/ })
  await chmod(join(dataDir, 'secrets.json'), 0o640)
  t.match(await checkDataDir(dataDir), { verdict: 'warning', fix: /^chmod 600 .*secrets\.json/ })
  await chmod(dataDir, 0o755)
  t.match(await checkDataDir(dataDir), { verdict: 'warning', fix: /^chmod 700 / })
  await writeFile(join(dataDir, 'secrets.json'), '{}')
  t.match(await checkDataDir(dataDir), { verdict: 'problem', fact: /cannot be used/ })
})

t.test('tells which address is announced', async (t) => {
  const given = await load({ CALLBOX_PUBLIC_ADDRESS: '192.0.2.1' })
  t.match(await checkPublicAddress(given), { verdict: 'ok', fact: '192.0.2.1 (public_address)' })
  const unknown = await load({ CALLBOX_PUBLIC_ADDRESS: 'calls.example.org' })
  const nowhere = {
    interfaces: () => ({}),
    lookup: () => Promise.reject(new Error('ENOTFOUND')),
    discover: () => Promise.reject(new Error('asked')),
  }
  t.match(await checkPublicAddress(unknown, nowhere), { verdict: 'problem', fix: /DNS/ })
  t.match(await checkPublicAddress(await load(), nowhere), { verdict: 'warning', fact: /127/ })
})

t.test('tells of an uploaded certificate, and of an order that failed', async (t) => {
  const dataDir = join(folder, 'chosen')
  const own = await loadConfig({ env: {}, defaultFile: '/nowhere/config.yaml', dataDir })
  const nowMs = Date.now()
  const day = 86_400_000
  const until = (ms: number) => ({ hosts: ['a.example'], ips: [], notAfter: new Date(ms) })
  const authority = await CertificateAuthority.create()
  await writeUploaded(dataDir, await authority.issue(until(nowMs + 60.5 * day)))
  await writeChoice(dataDir, { source: 'uploaded' })
  t.match(await checkCertificate(own, nowMs), { verdict: 'ok', fact: /uploaded.*60 days left/ })
  t.match(await checkCertificate(own, nowMs + 60.4 * day), { verdict: 'warning', fix: /Upload/ })
  t.match(await checkCertificate(own, nowMs + 70 * day), { verdict: 'problem', fix: /Upload/ })

  const env = { CALLBOX_WEB__TLS__MODE: 'acme', CALLBOX_WEB__TLS__DOMAIN: 'b.example' }
  const asked = await loadConfig({
    env,
    defaultFile: '/nowhere/config.yaml',
    dataDir: `${dataDir}2`,
  })
  t.match(await checkCertificate(asked, nowMs), { verdict: 'warning', fact: /self-signed/ })
  await writeProgress(asked.dataDir, {
    domain: 'b.example',
    directoryUrl: asked.config.web.tls.directory_url,
    issued: false,
    failures: 1,
    problem: { message: 'Nobody there.', fix: 'Look.' },
  })
  const failed = { verdict: 'warning', fact: /self-signed.*Nobody there\./, fix: 'Look.' }
  t.match(await checkCertificate(asked, nowMs), failed)
})

t.test('tells how long the certificate is valid, without making one', async (t) => {
  const dataDir = join(folder, 'certificate')
  const own = await load({}, dataDir)
  t.match(await checkCertificate(own, nowMs), {
    verdict: 'warning',
    fact: /made at the next start/,
  })
  const pair = await loadSelfSigned({ dataDir, names: [], nowMs })
  t.match(await checkCertificate(own, nowMs), { fact: /396 days left/ })
  await writeFile(join(folder, 'c.pem'), pair.cert)
  await writeFile(join(folder, 'k.pem'), pair.key)
  const files = await load({
    CALLBOX_WEB__TLS__MODE: 'files',
    CALLBOX_WEB__TLS__CERT_FILE: join(folder, 'c.pem'),
    CALLBOX_WEB__TLS__KEY_FILE: join(folder, 'k.pem'),
  })
  const day = 86_400_000
  t.match(await checkCertificate(files, nowMs), { verdict: 'ok' })
  t.match(await checkCertificate(files, nowMs + 390 * day), { verdict: 'warning' })
  t.match(await checkCertificate(files, nowMs + 400 * day), { verdict: 'problem', fact: /expired/ })
  await writeFile(join(folder, 'k.pem'), 'nonsense')
  t.match(await checkCertificate(files, nowMs), { verdict: 'problem', fix: /PEM/ })
  const off = await load({ CALLBOX_WEB__TLS__MODE: 'off' })
  t.match(await checkCertificate(off, nowMs), { verdict: 'ok', fact: /proxy/ })
})

t.test('lists the ports of every media worker, and no HTTPS port when TLS is off', async (t) => {
  const names = async (env: NodeJS.ProcessEnv) =>
    wantedPorts((await load(env)).config).map(({ protocol, port }) => `${port}/${protocol}`)
  t.same(await names({ CALLBOX_RTC__WORKERS: '2' }), [
    '8444/tcp',
    '8080/tcp',
    '8443/udp',
    '8443/tcp',
    '8445/udp',
    '8445/tcp',
    '3478/udp',
    '3478/tcp',
    '5349/tcp',
  ])
  t.notOk((await names({ CALLBOX_WEB__TLS__MODE: 'off' })).includes('8444/tcp'))
})

t.test('names the option of a port that another program uses', async (t) => {
  const web = await serve(t, (_request, response) => response.end('hello'))
  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  socket.bind(0, '0.0.0.0')
  await once(socket, 'listening')
  const { config } = await load({
    CALLBOX_RTC__WORKERS: '1',
    CALLBOX_WEB__HTTP_PORT: String(web),
    CALLBOX_RTC__UDP_PORT: String(socket.address().port),
    CALLBOX_TURN__RELAY_PORT_MIN: '1',
    CALLBOX_TURN__RELAY_PORT_MAX: '9',
    CALLBOX_TURN__WORKERS: '1',
  })
  const checks = await checkPorts(config)
  const found = (port: number, protocol: string) =>
    checks.find(({ name }) => name === `port ${port}/${protocol}`)
  t.match(found(web, 'tcp'), { verdict: 'problem', fix: /change web\.http_port/ })
  const udp = socket.address().port
  t.match(found(udp, 'udp'), { verdict: 'problem', fix: /change rtc\.udp_port/ })
})

t.test('knows the ports of the appliance that runs already', async (t) => {
  const port = await serve(t, answerAsCallbox)
  t.equal(await isCallboxRunning(port), true)
  const { config } = await load({ CALLBOX_RTC__WORKERS: '1', CALLBOX_WEB__HTTP_PORT: String(port) })
  const check = (await checkPorts(config)).find(({ name }) => name === `port ${port}/tcp`)
  t.match(check, { verdict: 'ok', fact: /while Callbox runs/ })
  const other = await serve(t, (_request, response) => response.end('{}'))
  t.equal(await isCallboxRunning(other), false)
})

t.test('tells how the running appliance found its relay', async (t) => {
  const found = async (relay: object) => {
    const readiness = { ready: true, services: [{ name: 'relay', ...relay }] }
    const port = await serve(t, (_request, response) => response.end(JSON.stringify(readiness)))
    return checkRelay((await load({ CALLBOX_WEB__HTTP_PORT: String(port) })).config)
  }
  t.match(await found({ ok: true, detail: 'UDP 0.4 ms; TCP 0.5 ms' }), { verdict: 'ok' })
  const expired = 'UDP 0.4 ms; TLS: The certificate expired on 2026-11-22.'
  t.match(await found({ ok: true, detail: expired }), { verdict: 'warning', fact: expired })
  t.match(await found({ ok: false, detail: 'udp: No answer.' }), { verdict: 'problem' })
  const { config } = await load({ CALLBOX_WEB__HTTP_PORT: '1' })
  t.match(await checkRelay(config), { verdict: 'unknown' })
})

t.test('goes on without the installation when the configuration is refused', async (t) => {
  const checks = await runChecks({
    load: () => load({ CALLBOX_TURN__PORT: 'x' }),
    workerBin: undefined,
    nowMs,
  })
  t.match(checks.at(-1), { name: 'configuration', verdict: 'problem', fact: /turn\.port = 'x'/ })
  t.same(await readdir(folder).then((names) => names.includes('none')), false)
})
