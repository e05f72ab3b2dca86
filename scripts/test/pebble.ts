import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { CertificateAuthority } from './certificate-authority.ts'

/** Debian's `pebble`, an ACME authority for tests (RFC 8555), as a process of its own. */
export type Pebble = Readonly<{
  directoryUrl: string
  /** The certificate that vouches for what it issues, PEM. */
  root: string
  /** Every line it wrote so far. */
  lines: readonly string[]
  stop(): Promise<void>
}>

/** Where it listens, where it looks for domains, and how often it refuses a good nonce. */
export type PebbleOptions = Readonly<{
  ip: string
  port: number
  httpPort: number
  tlsPort: number
  rejectedNoncesPercent: number
  /** Signs the certificate of its own web server. */
  authority: CertificateAuthority
}>

const DNS_PORT = 8053
const DNS_MANAGEMENT_PORT = 8055

/** Starts it; it needs the network for itself. */
export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const { ip, port, httpPort, tlsPort, rejectedNoncesPercent, authority } = options
  const folder = await mkdtemp(join(tmpdir(), 'callbox-pebble-'))
  const { cert, key } = await authority.issue({ hosts: [], ips: [ip] })
  const [certificate, privateKey, config] = ['cert.pem', 'key.pem', 'config.json'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  await writeFile(certificate, cert)
  await writeFile(privateKey, key)
  const settings = {
    listenAddress: `${ip}:${port}`,
    managementListenAddress: `${ip}:${port + 1}`,
    certificate,
    privateKey,
    httpPort,
    tlsPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
  }
  await writeFile(config, JSON.stringify({ pebble: settings }))
  const lines: string[] = []
  const child = spawn(
    'pebble',
    ['-config', config, '-strict', '-dnsserver', `127.0.0.1:${DNS_PORT}`],
    {
      env: {
        ...process.env,
        PEBBLE_VA_NOSLEEP: '1',
        PEBBLE_AUTHZREUSE: '0',
        PEBBLE_WFE_NONCEREJECT: String(rejectedNoncesPercent),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  await untilLine(child, lines, /Root CA certificate available at/)
  const stop = async () => {
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  const root = await fetchRoot(`https://${ip}:${port + 1}/roots/0`, authority)
  return { directoryUrl: `https://${ip}:${port}/dir`, root, lines, stop }
}

/** The names that pebble asks for. */
export type TestNames = Readonly<{
  /** Lets a name lead to an address; every other leads to the first one. */
  point(host: string, address: string): Promise<void>
  /** Lets the question for a name fail. */
  fail(host: string): Promise<void>
  stop(): Promise<void>
}>

/** Starts the DNS server that pebble asks; every name leads to the address. */
export async function startTestNames(address: string): Promise<TestNames> {
  const none = ['-http01', '', '-https01', '', '-tlsalpn01', '']
  const where = ['-dns01', `:${DNS_PORT}`, '-management', `:${DNS_MANAGEMENT_PORT}`]
  const addresses = ['-defaultIPv4', address, '-defaultIPv6', '']
  const child = spawn('pebble-challtestsrv', [...none, ...where, ...addresses], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await untilLine(child, [], /Starting management server/)
  const tell = async (path: string, body: object) => {
    const url = `http://127.0.0.1:${DNS_MANAGEMENT_PORT}/${path}`
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`)
  }
  return {
    point: (host, to) => tell('add-a', { host, addresses: [to] }),
    fail: (host) => tell('set-servfail', { host }),
    stop: () => end(child),
  }
}

function untilLine(child: ChildProcess, lines: string[], wanted: RegExp): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (wanted.test(line)) resolve()
    })
  }
  child.once('exit', (code) => reject(new Error(`it ended with ${code}:\n${lines.join('\n')}`)))
  return promise
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

async function fetchRoot(url: string, authority: CertificateAuthority): Promise<string> {
  const [response] = await once(get(url, { ca: authority.cert }), 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}
