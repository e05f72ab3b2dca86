import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { dispose } from '@livekit/rtc-node'
import { WebSocket } from 'ws'
import { type RunningAppliance, startAppliance } from '../../appliance/test/running-appliance.ts'
import { threadSeconds } from './processor-time.ts'
import { BenchCaller } from './sfu-caller.ts'

/**
 * Measures what looking at the dashboard costs the appliance's main process: nobody looks, one does,
 * twenty do; on an idle box and with a call of ten. Rounds are interleaved.
 *
 *   node scripts/bench/dashboard.ts [rounds] | grep -v lk-rtc
 *
 * MEDIASOUP_WORKER_BIN names the worker; the clients' library writes its own lines between.
 */
const ROUNDS = Number(process.argv[2] ?? 3)
const SECONDS = 20
const PEOPLE = 10
const VIEWERS = [0, 1, 20]
/** Far from the defaults, so that an appliance may run on the same machine. */
const PORT = 20_000 + Math.floor(Math.random() * 20_000)
const ORIGIN = `https://127.0.0.1:${PORT}`

const say = (line: string) => process.stdout.write(`${line}\n`)

process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
const appliance = await startAppliance(`
public_address: 127.0.0.1
web: { https_port: ${PORT}, http_port: ${PORT + 1} }
rtc: { udp_port: ${PORT + 2}, tcp_port: ${PORT + 2} }
turn: { port: ${PORT + 1001}, tls_port: ${PORT + 1002} }
`)
const cookie = await setUp(appliance)

await measureRounds('no call')
const callers = await Promise.all(Array.from({ length: PEOPLE }, (_, n) => join(appliance, n < 3)))
await measureRounds(`a call of ${PEOPLE}`)
await Promise.all(callers.map((caller) => caller.leave()))
await appliance.stop()
await dispose()

async function measureRounds(name: string): Promise<void> {
  const costs = new Map<number, number[]>(VIEWERS.map((viewers) => [viewers, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const viewers of VIEWERS) costs.get(viewers)?.push(await costWith(viewers))
  }
  const mean = (viewers: number) => {
    const values = costs.get(viewers) ?? []
    return values.reduce((sum, value) => sum + value, 0) / values.length
  }
  for (const viewers of VIEWERS) {
    const more = viewers === 0 ? '' : `, ${(mean(viewers) - mean(0)).toFixed(2)} more than nobody`
    say(`${name}, ${viewers} look: main process ${mean(viewers).toFixed(2)} % of one core${more}`)
  }
}

async function costWith(viewers: number): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: viewers }, look))
  await delay(2000)
  const pid = appliance.process.pid ?? 0
  const [usedBefore, before] = [threadSeconds(pid), performance.now()]
  await delay(SECONDS * 1000)
  const share = (threadSeconds(pid) - usedBefore) / ((performance.now() - before) / 1000)
  for (const socket of sockets) {
    const closed = once(socket, 'close')
    socket.close()
    await closed
  }
  return share * 100
}

async function look(): Promise<WebSocket> {
  const socket = new WebSocket(`${ORIGIN.replace('https', 'wss')}/api/admin/live`, {
    headers: { cookie, origin: ORIGIN },
    rejectUnauthorized: false,
  })
  await once(socket, 'open')
  socket.on('message', () => undefined)
  return socket
}

async function setUp({ setupLink }: RunningAppliance): Promise<string> {
  const code = new URL(setupLink).searchParams.get('code')
  const answer = await fetch(`${ORIGIN}/api/admin/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: ORIGIN },
    body: JSON.stringify({ code, password: 'a long enough password' }),
  })
  if (!answer.ok) throw new Error(`set-up was refused: ${await answer.text()}`)
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

async function join({ publicLink }: RunningAppliance, talks: boolean): Promise<BenchCaller> {
  const { pathname, searchParams } = new URL(publicLink)
  const answer = await fetch(`${ORIGIN}/api${pathname}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: ORIGIN },
    body: JSON.stringify({ name: 'Guest', invite: searchParams.get('token') }),
  })
  const { token } = (await answer.json()) as { token: string }
  return BenchCaller.join(`ws://127.0.0.1:${PORT + 1}`, token, talks)
}
