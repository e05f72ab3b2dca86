/**
 * Compares the processor time of one packet relayed over TLS in our engine with coturn's, in the same run on the same
 * machine: ChannelData in, a plain datagram out, and back. `window` packets of each client are under way at once.
 * Usage: node scripts/bench/turn-tls.ts [packets per round] [rounds] [window]
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { issueCredentials, TurnClient } from '#turn'
import { makeCertificate } from '../../turn/test/test-certificate.ts'
import { processorSeconds } from './processor-time.ts'

type Server = Readonly<{ name: string; process: ChildProcess; port: number }>

const ip = '127.0.0.1'
const [packets = 40_000, rounds = 5, window = 8] = process.argv.slice(2).map(Number)
const sizes = [160, 1100]
const secret = 'bench'
const clients = 8
const attempts = 50
const stalledMs = 2000

const certificate = await makeCertificate()
const folder = mkdtempSync(join(tmpdir(), 'callbox-bench-'))
const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
writeFileSync(files.cert, certificate.cert)
writeFileSync(files.key, certificate.key)

async function startOurs(): Promise<Server> {
  const script = fileURLToPath(new URL('turn-tls-server-process.ts', import.meta.url))
  const child = fork(script, [secret, files.cert, files.key])
  const [port] = await once(child, 'message')
  return { name: 'ours', process: child, port }
}

async function startCoturn(): Promise<Server> {
  const probe = createSocket('udp4').bind(0, ip)
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const places = ['-n', '-L', ip, '-E', ip, '-p', `${port - 1}`, '--tls-listening-port', `${port}`]
  const ports = ['--min-port', '30000', '--max-port', '39999']
  const off = ['--no-udp', '--no-dtls', '--no-tcp', '--no-cli', '--no-stdout-log']
  const user = ['--use-auth-secret', `--static-auth-secret=${secret}`, '-r', 'bench']
  const tls = ['--cert', files.cert, '--pkey', files.key, '--allow-loopback-peers']
  const child = spawn('turnserver', [...places, ...ports, ...off, ...user, ...tls], {
    stdio: 'ignore',
  })
  return { name: 'coturn', process: child, port }
}

/** Connects as soon as the server listens. */
async function connect(port: number): Promise<TurnClient> {
  const nowSeconds = Date.now() / 1000
  const login = issueCredentials({ secret, id: 'bench', lifetimeSeconds: 3600, nowSeconds })
  for (let left = attempts; ; left--) {
    try {
      return await TurnClient.connect({ transport: 'tls', ip, port }, login)
    } catch (error) {
      if (left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** Has some `count` packets come back, `window` of them under way at a time; says how many did before one got lost. */
function pingPong(client: TurnClient, payload: Buffer, count: number): Promise<number> {
  return new Promise((resolve) => {
    let sent = 0
    let back = 0
    const send = (): void => {
      sent++
      client.send(payload)
    }
    const stalled = setTimeout(() => resolve(back), stalledMs)
    client.onPayload = () => {
      back++
      stalled.refresh()
      if (sent < count) send()
      else if (back === count) {
        clearTimeout(stalled)
        resolve(back)
      }
    }
    for (let i = 0; i < window; i++) send()
  })
}

/** Microseconds of the server's processor time for each packet it relayed, both ways counted. */
async function round(server: Server, payload: Buffer): Promise<number> {
  const echo = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  echo.on('message', (bytes, from) => echo.send(bytes, from.port, from.address))
  echo.bind(0, ip)
  await once(echo, 'listening')
  const callers = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = await connect(server.port)
      await client.allocate(4)
      await client.bindChannel({ ip, port: echo.address().port })
      return client
    }),
  )
  const { pid = 0 } = server.process
  const before = processorSeconds(pid)
  const each = packets / clients / 2
  const back = await Promise.all(callers.map((client) => pingPong(client, payload, each)))
  const usedSeconds = processorSeconds(pid) - before
  for (const client of callers) {
    await client.release()
    client.close()
  }
  echo.close()
  return (usedSeconds * 1_000_000) / (2 * back.reduce((sum, n) => sum + n, 0))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

const servers = [await startOurs(), await startCoturn()]
try {
  for (const size of sizes) {
    const payload = Buffer.alloc(size, 'x')
    const medians: number[] = []
    for (const server of servers) {
      await round(server, payload)
      const values: number[] = []
      for (let n = 0; n < rounds; n++) values.push(await round(server, payload))
      const us = median(values)
      medians.push(us)
      const all = values.map((value) => value.toFixed(1)).join(' ')
      process.stdout.write(`${server.name}: ${us.toFixed(1)} µs a packet of ${size} B (${all})\n`)
    }
    const [ours = 0, theirs = 1] = medians
    process.stdout.write(`ours / coturn: ${(ours / theirs).toFixed(2)}\n`)
  }
} finally {
  for (const server of servers) server.process.kill()
  rmSync(folder, { recursive: true })
}
