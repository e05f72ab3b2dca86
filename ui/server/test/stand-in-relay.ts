import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Test } from 'tap'

const THREAD = new URL('./stand-in-relay-thread.ts', import.meta.url)

/** A small TURN server over UDP on loopback, so that a browser has one to reach; answers its port. */
export async function startRelay(t: Test, username: string, password: string): Promise<number> {
  const probe = createSocket('udp4')
  probe.bind(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  const closed = once(probe, 'close')
  probe.close()
  await closed
  const relay = new Worker(THREAD, { workerData: { port, username, password } })
  t.teardown(() => relay.terminate())
  await once(relay, 'message')
  return port
}
