import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { z } from 'zod'
import type { Config } from '../config/schema.ts'
import { systemErrorCode } from '../errors.ts'
import { mediaPorts } from '../media-ports.ts'
import type { Check } from './check.ts'

/** A port the appliance listens on, and the option that sets it. */
export type WantedPort = Readonly<{
  protocol: 'udp' | 'tcp'
  port: number
  option: string
  loopbackOnly: boolean
}>

/** Lists every port the configuration asks for, relay ports aside. */
export function wantedPorts(config: Config): readonly WantedPort[] {
  const { web, turn } = config
  const tcp = (port: number, option: string, loopbackOnly = false): WantedPort => ({
    protocol: 'tcp',
    port,
    option,
    loopbackOnly,
  })
  const udp = (port: number, option: string): WantedPort => ({
    ...tcp(port, option),
    protocol: 'udp',
  })
  return [
    ...(web.tls.mode === 'off' ? [] : [tcp(web.https_port, 'web.https_port')]),
    tcp(web.http_port, 'web.http_port', !web.http_redirect),
    ...mediaPorts(config).flatMap((media, index) => [
      udp(media.udp, index === 0 ? 'rtc.udp_port' : 'rtc.workers'),
      tcp(media.tcp, index === 0 ? 'rtc.tcp_port' : 'rtc.workers'),
    ]),
    udp(turn.port, 'turn.port'),
    tcp(turn.port, 'turn.port'),
    ...(web.tls.mode === 'off' || turn.tls_port === 0 ? [] : [tcp(turn.tls_port, 'turn.tls_port')]),
  ]
}

/**
 * Checks that each port is free, or used by the appliance that already runs here (which is asked
 * on its HTTP port).
 */
export async function checkPorts(config: Config): Promise<readonly Check[]> {
  const running = await isCallboxRunning(config.web.http_port)
  return Promise.all(wantedPorts(config).map((wanted) => checkPort(wanted, running)))
}

async function checkPort(wanted: WantedPort, running: boolean): Promise<Check> {
  const name = `port ${wanted.port}/${wanted.protocol}`
  const failure = await tryPort(wanted)
  if (failure === undefined) {
    return { name, verdict: 'ok', fact: `free for ${wanted.option}` }
  }
  if (failure === 'EADDRINUSE' && running) {
    return { name, verdict: 'ok', fact: `in use while Callbox runs (${wanted.option})` }
  }
  if (failure === 'EADDRINUSE') {
    const fix = `Stop the other program (ss -lnp shows it) or change ${wanted.option}.`
    return { name, verdict: 'problem', fact: 'another program uses it', fix }
  }
  if (failure === 'EACCES') {
    const fix = `Choose a port above 1023 for ${wanted.option}, or grant CAP_NET_BIND_SERVICE.`
    return { name, verdict: 'problem', fact: 'this user may not open it', fix }
  }
  return {
    name,
    verdict: 'problem',
    fact: `cannot be opened: ${failure}`,
    fix: `Change ${wanted.option}.`,
  }
}

/** Opens the port and closes it again; the system's error code if that fails. */
async function tryPort(wanted: WantedPort): Promise<string | undefined> {
  const host = wanted.loopbackOnly ? '127.0.0.1' : '0.0.0.0'
  try {
    await (wanted.protocol === 'tcp' ? tryTcp(wanted.port, host) : tryUdp(wanted.port, host))
    return undefined
  } catch (error) {
    return systemErrorCode(error) ?? String(error)
  }
}

async function tryTcp(port: number, host: string): Promise<void> {
  const server = createServer().listen({ port, host, exclusive: true })
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}

async function tryUdp(port: number, address: string): Promise<void> {
  const socket = createSocket('udp4')
  try {
    socket.bind({ port, address, exclusive: true })
    await once(socket, 'listening')
  } finally {
    socket.close()
  }
}

const readinessSchema = z.object({
  ready: z.boolean(),
  services: z.array(
    z.object({ name: z.string(), ok: z.boolean(), detail: z.string().default('') }),
  ),
})

/** Whether a Callbox answers on the HTTP port of this machine: it says how its services are. */
export async function isCallboxRunning(httpPort: number): Promise<boolean> {
  return (await askReadiness(httpPort)) !== undefined
}

/** Asks the appliance that runs here how the latest test of its relay ended. */
export async function checkRelay({ web }: Config): Promise<Check> {
  const name = 'relay'
  const relay = (await askReadiness(web.http_port))?.services.find(
    (service) => service.name === name,
  )
  if (relay === undefined) {
    return { name, verdict: 'unknown', fact: 'tested each hour while Callbox runs; it does not' }
  }
  const { ok, detail } = relay
  const fix = 'The TURN page of the admin says what to do about it, and tests again.'
  if (!ok) return { name, verdict: 'problem', fact: detail, fix }
  // The doors that work are told with their times, the others with what is wrong.
  return detail.includes(': ')
    ? { name, verdict: 'warning', fact: detail, fix }
    : { name, verdict: 'ok', fact: `there and back: ${detail}` }
}

/** How the services of a running appliance are, as `/readyz` says. */
export type AnsweredReadiness = z.output<typeof readinessSchema>

/** Asks the appliance on the HTTP port of this machine; `undefined` where none answers. */
export async function askReadiness(httpPort: number): Promise<AnsweredReadiness | undefined> {
  const origin = `http://127.0.0.1:${httpPort}`
  try {
    const signal = AbortSignal.timeout(2000)
    const alive = await fetch(`${origin}/healthz`, { signal, redirect: 'error' })
    const ready = await fetch(`${origin}/readyz`, { signal, redirect: 'error' })
    return alive.ok ? readinessSchema.safeParse(await ready.json()).data : undefined
  } catch {
    return undefined // nothing there, or nothing that speaks as we do
  }
}
