import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { methods } from '../protocol/methods.ts'
import { ContractClient, codeOf } from './contract-client.ts'
import { encodeRequest, having } from './encode-request.ts'
import { EngineInProcess, type ProcessState } from './engine-in-process.ts'

t.setTimeout(180_000)

const unlimited = { unauthenticatedAnswersPerSecond: 1e9, unauthenticatedAnswersBurst: 1e9 }
const udp = having(requestedTransport, 17)

t.test('holds no more memory after 40,000 sources have asked for a nonce', async (t) => {
  const engine = await EngineInProcess.start({ limits: unlimited })
  t.teardown(() => engine.close())
  await askFrom(engine.port, 0, 8000)
  const before = await leastState(engine)
  await askFrom(engine.port, 8000, 48_000)
  const after = await leastState(engine)
  const grown = after.heldBytes - before.heldBytes
  t.comment(`${before.heldBytes} bytes before, ${grown} more after`)
  t.ok((after.stats.rejectionsByCode['401'] ?? 0) > 40_000, 'and most were answered')
  // 10 bytes a source: less than any record of it would take.
  t.ok(grown < 400_000, `${grown} bytes for 40,000 sources`)
  t.match(after.stats, { allocations: 0, bugs: 0 })
  t.equal(after.descriptors, before.descriptors)
})

t.test('has every descriptor and port back after 10,000 allocations', async (t) => {
  const relay = { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 32_000, portMax: 32_063 }
  const engine = await EngineInProcess.start({ relay })
  t.teardown(() => engine.close())
  await Promise.all(Array.from({ length: 8 }, () => allocateAndRelease(engine, 25)))
  const before = await leastState(engine)
  await Promise.all(Array.from({ length: 8 }, () => allocateAndRelease(engine, 1250)))
  const after = await leastState(engine)
  const grown = after.heldBytes - before.heldBytes
  t.comment(`${before.heldBytes} bytes before, ${grown} more after`)
  t.equal(after.descriptors, before.descriptors)
  t.match(after.stats, { allocations: 0, bugs: 0 })
  // The answers of the last 40 s are kept, up to `recentAnswers` of them, and are the whole difference.
  t.ok(grown < 8_000_000, `${grown} bytes`)
})

/** What is on its way to the collector differs from moment to moment by half a megabyte; what is kept does not. */
async function leastState(engine: EngineInProcess): Promise<ProcessState> {
  const states: ProcessState[] = []
  for (let n = 0; n < 5; n++) states.push(await engine.state())
  const [least] = states.sort((a, b) => a.heldBytes - b.heldBytes)
  return least ?? engine.state()
}

/** Asks for a nonce from each of many addresses of 127.0.0.0/8. */
async function askFrom(port: number, first: number, end: number): Promise<void> {
  for (let n = first; n < end; n += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => askOnce(port, n + i)))
  }
}

async function askOnce(port: number, source: number): Promise<void> {
  const socket = createSocket('udp4')
  socket.bind(0, `127.1.${(source >> 8) & 255}.${source & 255}`)
  await once(socket, 'listening')
  const answered = once(socket, 'message', { signal: AbortSignal.timeout(2000) })
  socket.send(encodeRequest(methods.allocate, [udp]), port, '127.0.0.1')
  await answered.catch(() => undefined)
  socket.close()
}

async function allocateAndRelease(engine: EngineInProcess, cycles: number): Promise<void> {
  const client = await ContractClient.open(engine)
  await client.learnNonce()
  for (let n = 0; n < cycles; n++) {
    const allocated = codeOf(await client.request(methods.allocate, udp))
    const released = codeOf(await client.request(methods.refresh, having(lifetime, 0)))
    if (allocated ?? released) throw new Error(`cycle ${n}: ${allocated} ${released}`)
  }
  client.close()
}
