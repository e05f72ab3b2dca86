import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { issueCredentials, TurnClient } from '#turn'
import { makeCertificate } from '../../turn/test/test-certificate.ts'
import { interleaved, ratio, withSpread } from './figures.ts'
import { threadSeconds } from './processor-time.ts'
import { type BenchedServer, startCoturn, startNode, stop } from './turn-servers.ts'

const ip = '127.0.0.1'
const sizes = [160, 1100]
const secret = 'bench'
const clients = 8
/** Packets of each client that are under way at once. */
const window = 8
const packetsPerRound = 8192
const warmUpPackets = 65_536
const stalledMs = 2000
const cipher = 'TLS_AES_128_GCM_SHA256'

/** Compares the processor time of one packet relayed over TLS: ChannelData in, a plain datagram out, or back. */
export async function measureTls(rounds: number): Promise<void> {
  tls.DEFAULT_CIPHERS = cipher
  const certificate = await makeCertificate()
  const folder = mkdtempSync(join(tmpdir(), 'callbox-bench-'))
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  writeFileSync(files.cert, certificate.cert)
  writeFileSync(files.key, certificate.key)
  const ours = await startNode('ours', 'turn-tls-server-process.ts', [
    secret,
    files.cert,
    files.key,
  ])
  const coturn = await startCoturn(secret, files)
  try {
    for (const { name, port } of [ours, coturn]) {
      process.stdout.write(`${name}: ${await cipherOf(port)}\n`)
    }
    for (const size of sizes) process.stdout.write(await compare([ours, coturn], size, rounds))
  } finally {
    await Promise.all([stop(ours), stop(coturn)])
    rmSync(folder, { recursive: true })
  }
}

/** Throws where it is another one than all clients here ask for. */
async function cipherOf(port: number): Promise<string> {
  const socket = tls.connect({ host: ip, port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { name, version } = socket.getCipher()
  socket.destroy()
  if (name !== cipher) throw new Error(`this server took ${name}`)
  return `${version}, ${name}`
}

async function compare(
  [ours, coturn]: readonly [BenchedServer, BenchedServer],
  size: number,
  rounds: number,
): Promise<string> {
  const echo = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  echo.on('message', (bytes, from) => echo.send(bytes, from.port, from.address))
  echo.bind(0, ip)
  await once(echo, 'listening')
  const payload = Buffer.alloc(size, 'x')
  const callers = new Map<BenchedServer, readonly TurnClient[]>()
  for (const server of [ours, coturn]) callers.set(server, await openAll(server, echo))
  const relayBy = (server: BenchedServer, count: number) =>
    relay(server, callers.get(server) ?? [], { payload, count })
  for (const server of [ours, coturn]) await relayBy(server, warmUpPackets)
  const figures = await interleaved([ours, coturn], rounds, (one) => relayBy(one, packetsPerRound))
  for (const client of [...callers.values()].flat()) {
    await client.release()
    client.close()
  }
  echo.close()
  const [us = [], theirs = []] = [figures.get(ours), figures.get(coturn)]
  const each = `ours ${withSpread(us)} µs, coturn ${withSpread(theirs)} µs`
  return `channel ${size} B: ${each}; ours / coturn ${ratio(us, theirs)}\n`
}

function openAll({ port }: BenchedServer, echo: Socket): Promise<readonly TurnClient[]> {
  const nowSeconds = Date.now() / 1000
  const login = issueCredentials({ secret, id: 'bench', lifetimeSeconds: 3600, nowSeconds })
  return Promise.all(
    Array.from({ length: clients }, async () => {
      const client = await TurnClient.connect({ transport: 'tls', ip, port }, login)
      await client.allocate(4)
      await client.bindChannel({ ip, port: echo.address().port })
      return client
    }),
  )
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
async function relay(
  { process: child }: BenchedServer,
  callers: readonly TurnClient[],
  { payload, count }: Readonly<{ payload: Buffer; count: number }>,
): Promise<number> {
  const { pid = 0 } = child
  const before = threadSeconds(pid)
  const each = count / clients / 2
  const back = await Promise.all(callers.map((client) => pingPong(client, payload, each)))
  const usedSeconds = threadSeconds(pid) - before
  return (usedSeconds * 1_000_000) / (2 * back.reduce((sum, n) => sum + n, 0))
}
