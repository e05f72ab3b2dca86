import { setTimeout as delay } from 'node:timers/promises'
import { dispose } from '@livekit/rtc-node'
import { AccessToken } from 'livekit-server-sdk'
import { startAppliance } from '../../appliance/test/running-appliance.ts'
import { descendants, processorSeconds } from './processor-time.ts'
import { BenchCaller } from './sfu-caller.ts'

/**
 * Measures what rooms cost: joins people in a burst, lets some of them talk, and counts the packets that
 * arrive against the processor time of the appliance and of its media workers. All clients live in this one
 * process, whose own work is most of the time a join takes.
 *
 *   node scripts/bench/sfu.ts [rooms] [people in each] [talking in each] | grep -v lk-rtc
 *
 * MEDIASOUP_WORKER_BIN names the worker; the clients' library writes its own lines between.
 */
const [ROOMS = 1, PEOPLE = 30, TALKING = 3] = process.argv.slice(2).map(Number)
const BURST_MS = 2_000
const MEASURED_SECONDS = 10
const KEY = 'bench'
const SECRET = 'a-secret-for-the-length-of-a-measurement'
/** Far from the defaults, so that an appliance may run on the same machine. */
const PORT = 20_000 + Math.floor(Math.random() * 20_000)

const say = (line: string) => process.stdout.write(`${line}\n`)

const appliance = await startAppliance(`
public_address: 127.0.0.1
web: { https_port: ${PORT}, http_port: ${PORT + 1} }
rtc: { udp_port: ${PORT + 2}, tcp_port: ${PORT + 2} }
turn: { port: ${PORT + 1001}, tls_port: ${PORT + 1002} }
livekit: { keys: { ${KEY}: ${SECRET} } }
`)
const pid = appliance.process.pid ?? 0
const workers = descendants(pid)

function token(room: string, identity: string): Promise<string> {
  const access = new AccessToken(KEY, SECRET, { identity })
  access.addGrant({ room, roomJoin: true })
  return access.toJwt()
}

const places = Array.from({ length: ROOMS * PEOPLE }, (_, index) => ({
  room: `room ${index % ROOMS}`,
  identity: `person ${index}`,
  talks: index < ROOMS * TALKING,
  afterMs: (index * BURST_MS) / (ROOMS * PEOPLE),
}))
const callers = await Promise.all(
  places.map(async ({ room, identity, talks, afterMs }) => {
    await delay(afterMs)
    return BenchCaller.join(`ws://127.0.0.1:${PORT + 1}`, await token(room, identity), talks)
  }),
)

const percentile = (values: readonly number[], part: number) =>
  Math.round(values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? 0)
const joinMs = callers.map((caller) => caller.joinMs)
say(`people                  ${callers.length} in ${ROOMS} rooms, ${ROOMS * TALKING} talking`)
say(`join, p50 and p95       ${percentile(joinMs, 0.5)} ms, ${percentile(joinMs, 0.95)} ms`)

await Promise.all(callers.map((caller) => caller.untilHears(TALKING - (caller.talks ? 1 : 0))))
const received = async () => {
  const each = await Promise.all(callers.map((caller) => caller.receivedPackets()))
  return { each, total: each.flat().reduce((sum, packets) => sum + packets, 0) }
}
const used = (pids: readonly number[]) =>
  pids.reduce((sum, each) => sum + processorSeconds(each), 0)

/** Counting at so many clients takes a while itself, so the clock is read when it is done. */
const measure = async () => {
  const packets = await received()
  return { packets, node: used([pid]), workers: used(workers), atMs: performance.now() }
}
const before = await measure()
await delay(MEASURED_SECONDS * 1000)
const after = await measure()

const elapsedSeconds = (after.atMs - before.atMs) / 1000
const perSecond = (after.packets.total - before.packets.total) / elapsedSeconds
const streams = after.packets.each.flat()
const silent = after.packets.each
  .flatMap((of, index) =>
    of.map((packets, at) => packets - (before.packets.each[index]?.[at] ?? 0)),
  )
  .filter((packets) => packets <= 0).length
const cost = (kind: 'node' | 'workers') => {
  const seconds = after[kind] - before[kind]
  const percent = ((100 * seconds) / elapsedSeconds).toFixed(1)
  const micros = (1e6 * seconds) / (perSecond * elapsedSeconds)
  return `${percent} % of one core, ${micros.toFixed(1)} µs a forwarded packet`
}
say(`streams received        ${streams.length}, of which silent ${silent}`)
say(`forwarded               ${Math.round(perSecond)} packets/s`)
say(`appliance (Node)        ${cost('node')}`)
say(`media workers           ${cost('workers')}`)
const faults = appliance.lines.filter((line) => /"level":"(error|fatal)"/.test(line))
say(`errors in the log       ${faults.length}${faults.map((line) => `\n  ${line}`).join('')}`)

await Promise.all(callers.map((caller) => caller.leave()))
await appliance.stop()
await dispose()
