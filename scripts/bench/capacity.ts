import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { dispose } from '@livekit/rtc-node'
import { AccessToken } from 'livekit-server-sdk'
import { shareOfCall } from '../../appliance/capacity/model.ts'
import { createReadings } from '../../appliance/capacity/readings.ts'
import { WorkerWatch } from '../../appliance/capacity/worker-watch.ts'
import { startAppliance } from '../../appliance/test/running-appliance.ts'
import { descendants, processorSeconds } from './processor-time.ts'
import { BenchCaller } from './sfu-caller.ts'

/**
 * Measures whether a small call foretells what a larger one costs: learns the cost of a packet from the
 * first size, as the appliance does, and compares what it foretells of the others with what they take.
 * Other programs' datagrams would be counted too, so give it a network of its own:
 *
 *   unshare --net sh -c 'ip link set lo up; ip link add v0 type veth peer name v1
 *     ip addr add 192.0.2.1/24 dev v0; ip link set v0 up; ip link set v1 up; node scripts/bench/capacity.ts [people …]' | grep -v lk-rtc
 *
 * MEDIASOUP_WORKER_BIN names the worker; the clients' library writes its own lines between.
 */
const given = process.argv.slice(2).map(Number)
const SIZES = given.length > 1 ? given : [8, 16, 30, 45]
const TALKING = 3
const LEARN_SECONDS = 40
const MEASURE_SECONDS = 15
const KEY = 'bench'
const SECRET = 'a-secret-for-the-length-of-a-measurement'
const PORT = 20_000 + Math.floor(Math.random() * 20_000)
const NOTHING_RELAYED = { received: 0, sent: 0 }

const say = (line: string) => process.stdout.write(`${line}\n`)

const appliance = await startAppliance(`
public_address: 127.0.0.1
web: { https_port: ${PORT}, http_port: ${PORT + 1} }
rtc: { udp_port: ${PORT + 2}, tcp_port: ${PORT + 2}, workers: 1 }
turn: { port: ${PORT + 1001}, tls_port: ${PORT + 1002}, workers: 1 }
livekit: { keys: { ${KEY}: ${SECRET} } }
`)
const isMediaWorker = (pid: number) =>
  readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('mediasoup')
const worker = descendants(appliance.process.pid ?? 0).find(isMediaWorker) ?? 0
const state = [{ pid: worker, alive: true, rooms: 1 }]
const watch = new WorkerWatch(createReadings())
const callers: BenchCaller[] = []

async function join(index: number): Promise<BenchCaller> {
  const access = new AccessToken(KEY, SECRET, { identity: `person ${index}` })
  access.addGrant({ room: 'capacity', roomJoin: true })
  return BenchCaller.join(`ws://127.0.0.1:${PORT + 1}`, await access.toJwt(), index < TALKING)
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

await growTo(SIZES[0] ?? 0)
await measure(LEARN_SECONDS)
const { secondsPerPacket, isMeasured } = watch.cost
const micros = (secondsPerPacket * 1e6).toFixed(1)
say(`learned with ${SIZES[0]} people   ${micros} µs a packet${isMeasured ? '' : ' (assumed)'}`)
for (const people of SIZES) {
  await growTo(people)
  const { share, perSecond } = await measure(MEASURE_SECONDS)
  const foretold = shareOfCall({ people, speakers: TALKING }, secondsPerPacket)
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`
  const rate = `${Math.round(perSecond)} packets/s`
  const error = `${(100 * (foretold / share - 1)).toFixed(0)} %`
  say(
    `${people} people, ${rate}: foretold ${percent(foretold)}, taken ${percent(share)}, off by ${error}`,
  )
}

await Promise.all(callers.map((caller) => caller.leave()))
await appliance.stop()
await dispose()
