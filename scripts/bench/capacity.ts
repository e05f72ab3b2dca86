import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { dispose } from '@livekit/rtc-node'
import { AccessToken } from 'livekit-server-sdk'
import { shareOfCall } from '../../appliance/capacity/model.ts'
import { createReadings } from '../../appliance/capacity/readings.ts'
import { WorkerWatch } from '../../appliance/capacity/worker-watch.ts'
import { type Spawn, startAppliance } from '../../appliance/test/running-appliance.ts'
import { descendants, processorSeconds } from './processor-time.ts'
import { BenchCaller } from './sfu-caller.ts'

/**
 * Measures whether a small call foretells what a larger one costs: learns from call after call, as the
 * appliance does, and compares what was foretold of each before it began with what it takes. The server has a
 * network of its own, so that the clients' datagrams are not counted as its own; that takes root and iproute2:
 *
 *   unshare --net node scripts/bench/capacity.ts [people …] | grep -v lk-rtc
 *
 * MEDIASOUP_WORKER_BIN names the worker; the clients' library writes its own lines between.
 */
/** One call that grows. */
const given = process.argv.slice(2).map(Number)
const SIZES = (given.length > 0 ? given : [4, 10, 25]).sort((a, b) => a - b)
const TALKING = 3
const MEASURE_SECONDS = 32
const KEY = 'bench'
const SECRET = 'a-secret-for-the-length-of-a-measurement'
const PORT = 20_000 + Math.floor(Math.random() * 20_000)
const NOTHING_RELAYED = { received: 0, sent: 0 }
const NETWORK = `callbox-bench-${process.pid}`
const SERVER_IP = '198.51.100.2'
const SIGNAL_PORT = PORT + 5

const say = (line: string) => process.stdout.write(`${line}\n`)

const ip = (line: string) => execFileSync('ip', line.split(' '))
const spawnOnServer: Spawn = (command, args, env) =>
  spawn('ip', ['netns', 'exec', NETWORK, command, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })

function makeNetwork(): void {
  ip(`netns add ${NETWORK}`)
  process.once('exit', () => ip(`netns del ${NETWORK}`))
  ip(`link add bench0 type veth peer name bench1 netns ${NETWORK}`)
  ip('addr add 198.51.100.1/24 dev bench0')
  ip('link set bench0 up')
  ip(`-n ${NETWORK} addr add ${SERVER_IP}/24 dev bench1`)
  ip(`-n ${NETWORK} link set bench1 up`)
  ip(`-n ${NETWORK} link set lo up`)
}

/** The port without TLS listens on the server's loopback only. */
async function openSignalPort() {
  const inside = `net.connect(${PORT + 1}, '127.0.0.1')`
  const pipe = `net.createServer((one) => stream.pipeline(one, ${inside}, one, () => undefined))`
  const ready = `.listen(${SIGNAL_PORT}, '${SERVER_IP}', () => console.log('ready'))`
  const child = spawnOnServer(process.execPath, ['-e', pipe + ready])
  if (child.stdout) await once(child.stdout, 'data')
  return child
}

makeNetwork()
const appliance = await startAppliance(
  `
public_address: ${SERVER_IP}
web: { https_port: ${PORT}, http_port: ${PORT + 1} }
rtc: { udp_port: ${PORT + 2}, tcp_port: ${PORT + 2}, workers: 1 }
turn: { port: ${PORT + 1001}, tls_port: ${PORT + 1002}, workers: 1 }
livekit: { keys: { ${KEY}: ${SECRET} } }
`,
  spawnOnServer,
)
const signalPort = await openSignalPort()
const isMediaWorker = (pid: number) =>
  readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('mediasoup')
const worker = descendants(appliance.process.pid ?? 0).find(isMediaWorker) ?? 0
const state = [{ pid: worker, alive: true, rooms: 1 }]
/** The counters are those of the worker's network. */
const watch = new WorkerWatch({
  processorSeconds: createReadings().processorSeconds,
  udp: createReadings(`/proc/${worker}`).udp,
})
const callers: BenchCaller[] = []

async function join(index: number): Promise<BenchCaller> {
  const access = new AccessToken(KEY, SECRET, { identity: `person ${index}` })
  access.addGrant({ room: 'capacity', roomJoin: true })
  return BenchCaller.join(`ws://${SERVER_IP}:${SIGNAL_PORT}`, await access.toJwt(), index < TALKING)
}

async function growTo(people: number): Promise<void> {
  while (callers.length < people) callers.push(await join(callers.length))
  await Promise.all(callers.map((caller) => caller.untilHears(TALKING - (caller.talks ? 1 : 0))))
}

/** What the worker takes of a core while that many seconds pass, and what reaches the others. */
async function measure(seconds: number): Promise<Readonly<{ share: number; perSecond: number }>> {
  const received = async () => {
    const each = await Promise.all(callers.map((caller) => caller.receivedPackets()))
    return each.flat().reduce((sum, packets) => sum + packets, 0)
  }
  const before = {
    packets: await received(),
    used: processorSeconds(worker),
    at: performance.now(),
  }
  for (let second = 0; second < seconds; second++) {
    await delay(1000)
    watch.sample(performance.now(), state, NOTHING_RELAYED)
  }
  const packets = (await received()) - before.packets
  const elapsed = (performance.now() - before.at) / 1000
  return {
    share: (processorSeconds(worker) - before.used) / elapsed,
    perSecond: packets / elapsed,
  }
}

const percent = (part: number) => `${(100 * part).toFixed(1)} %`
const micros = (seconds: number) => `${(seconds * 1e6).toFixed(1)} µs`

for (const people of SIZES) {
  const { costs, isMeasured } = watch.learned
  const foretold = shareOfCall({ people, speakers: TALKING }, costs)
  await growTo(people)
  const { share, perSecond } = await measure(MEASURE_SECONDS)
  const [load] = readFileSync('/proc/loadavg', 'utf8').split(' ')
  say(
    `${people} people, ${Math.round(perSecond)} packets/s heard: foretold ${percent(foretold)} ` +
      `(${isMeasured ? 'measured' : 'assumed'}: ${percent(costs.worker)}, ${micros(costs.received)} in, ${micros(costs.sent)} out), ` +
      `taken ${percent(share)}, off by ${(100 * (foretold / share - 1)).toFixed(0)} %; load average ${load}`,
  )
}

await Promise.all(callers.map((caller) => caller.leave()))
await appliance.stop()
signalPort.kill()
await dispose()
