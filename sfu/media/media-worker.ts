import { readFileSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import process from 'node:process'
import { createWorker, workerBin as defaultWorkerBin, type types } from 'mediasoup'
import { MediaError, messageOf } from './errors.ts'
import { mediaBufferBytes } from './socket-buffers.ts'

const closeWithinMs = 2_000
/** The worker keeps TCP connections of strangers, and up to 64 kB for each, without an end. */
const mostOpenFiles = 8_192

/** An address the media port is bound to. */
export type ListenAddress = Readonly<{
  ip: string
  /** Address told to clients, where it is not `ip`. */
  announcedAddress?: string
  /** Whether clients are told `ip` as well. */
  exposeInternalIp?: boolean
  /** Port told to clients with the announced address, where a router maps another one. */
  announcedPort?: number
}>

/** The two ports of one worker. */
export type MediaPorts = Readonly<{ udp: number; tcp: number }>

/** A running worker process and its port. */
export type MediaWorker = Readonly<{
  worker: types.Worker
  webRtcServer: types.WebRtcServer
}>

/**
 * The sockets of one worker: one UDP and one TCP port on each address. TCP is left to the kernel, which sizes buffers by
 * each connection's speed: media that waits in a large one is old when it leaves.
 */
export function listenInfosFor(
  listen: readonly ListenAddress[],
  { udp, tcp }: MediaPorts,
): types.TransportListenInfo[] {
  const buffers = { sendBufferSize: mediaBufferBytes, recvBufferSize: mediaBufferBytes }
  return listen.flatMap(({ announcedPort: _told, ...address }) => [
    { ...buffers, ...address, protocol: 'udp', port: udp },
    { ...address, protocol: 'tcp', port: tcp },
  ])
}

/**
 * Starts a worker and binds its sockets. `remedy` says, for the error, what to do about a port that is taken.
 * Throws a `MediaError`.
 */
export async function openMediaWorker(options: {
  listenInfos: readonly types.TransportListenInfo[]
  workerBin: string | undefined
  remedy: Readonly<Record<types.TransportProtocol, string>>
}): Promise<MediaWorker> {
  const worker = await startProcess(options.workerBin ?? defaultWorkerBin)
  try {
    const webRtcServer = await worker.createWebRtcServer({ listenInfos: [...options.listenInfos] })
    return { worker, webRtcServer }
  } catch (error) {
    worker.close()
    throw bindError(error, options)
  }
}

/** Ends the process: asks it, and kills it when it does not listen. */
export async function closeMediaWorker({ worker }: MediaWorker): Promise<void> {
  if (worker.subprocessClosed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  worker.on('subprocessclose', resolve)
  worker.close()
  const killer = setTimeout(() => process.kill(worker.pid, 'SIGKILL'), closeWithinMs)
  await promise
  clearTimeout(killer)
}

async function startProcess(workerBin: string): Promise<types.Worker> {
  try {
    await access(workerBin, constants.X_OK)
    return await createWithoutSignals(workerBin)
  } catch (error) {
    throw new MediaError(
      'MEDIA_WORKER_UNUSABLE',
      `the mediasoup worker does not start: ${messageOf(error)}`,
      { fix: 'build it with `npm run build:worker`', cause: error },
    )
  }
}

/** mediasoup ends its workers on SIGINT and SIGTERM at once; calls are to be drained first. */
function createWithoutSignals(workerBin: string): Promise<types.Worker> {
  const signals = ['SIGINT', 'SIGTERM'] as const
  const before = new Map(signals.map((signal) => [signal, new Set(process.listeners(signal))]))
  const starting = createInOwnSession(workerBin)
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) {
      if (!before.get(signal)?.has(listener)) process.off(signal, listener)
    }
  }
  return starting
}

/**
 * A terminal's Ctrl-C reaches every process of its session, and a worker ends by it before calls do; and only its
 * open files bound the connections of strangers. mediasoup starts the worker by another program only where it is
 * told to use that as its valgrind.
 */
function createInOwnSession(workerBin: string): Promise<types.Worker> {
  const { env } = process
  const detach = process.platform === 'linux' && env['MEDIASOUP_USE_VALGRIND'] === undefined
  if (detach) {
    const [bin, ...options] = mayOpen(mostOpenFiles)
      ? ['prlimit', `--nofile=${mostOpenFiles}`, 'setsid']
      : ['setsid']
    Object.assign(env, {
      MEDIASOUP_USE_VALGRIND: 'true',
      MEDIASOUP_VALGRIND_BIN: bin,
      MEDIASOUP_VALGRIND_OPTIONS: options.join(' '),
    })
  }
  try {
    return createWorker({ workerBin, logLevel: 'warn' })
  } finally {
    if (detach) {
      delete env['MEDIASOUP_USE_VALGRIND']
      delete env['MEDIASOUP_VALGRIND_BIN']
      delete env['MEDIASOUP_VALGRIND_OPTIONS']
    }
  }
}

/** Whether a process of ours may have so many files open (proc_pid_limits(5)); a limit is only ever lowered. */
function mayOpen(files: number): boolean {
  const hard = /^Max open files +\S+ +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return hard === 'unlimited' || Number(hard) >= files
}

/** mediasoup tells what it could not bind only in words: `[protocol:udp, ip:'…', port:8443]: …`. */
function bindError(
  error: unknown,
  { remedy }: { remedy: Readonly<Record<types.TransportProtocol, string>> },
): MediaError {
  const why = messageOf(error)
  const socket = /protocol:(udp|tcp), ip:'([^']*)', port:(\d+)/.exec(why)
  const [, protocol = 'udp', ip = '', port = ''] = socket ?? []
  const otherwise = remedy[protocol === 'tcp' ? 'tcp' : 'udp']
  if (/address already in use/i.test(why)) {
    return new MediaError(
      'MEDIA_PORT_IN_USE',
      `${protocol.toUpperCase()} port ${port} on ${ip} is in use by another program`,
      { fix: `stop that program, or ${otherwise}`, cause: error },
    )
  }
  return new MediaError('MEDIA_ADDRESS_UNUSABLE', `cannot open the media port: ${why}`, {
    fix: `check public_address and rtc.ice_host_override, or ${otherwise}`,
    cause: error,
  })
}

/** The ports that clients are told in place of the real one, by announced address. */
export function announcedPorts(listen: readonly ListenAddress[]): ReadonlyMap<string, number> {
  return new Map(
    listen.flatMap(({ ip, announcedAddress = ip, announcedPort }) =>
      announcedPort === undefined ? [] : [[announcedAddress, announcedPort] as const],
    ),
  )
}
