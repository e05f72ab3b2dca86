import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** mediasoup-worker's exit code when MEDIASOUP_VERSION is not in its environment. */
const withoutVersion = 41
const startLimitMs = 10_000
const mediaLimitMs = 30_000

/** Says whether the file is a mediasoup worker that this machine can run: libraries, architecture. */
export function startsHere(path: string): boolean {
  const { status } = spawnSync(path, [], { env: {}, stdio: 'ignore', timeout: startLimitMs })
  return status === withoutVersion
}

/**
 * Has the worker hold a real call on loopback, in a process of its own: DTLS, SRTP and SCTP both ways.
 * A worker that only starts proves little: a wrong build dies at the first handshake.
 * @throws Error saying what went wrong
 */
export async function checkMedia(path: string): Promise<void> {
  if (!startsHere(path)) throw refusal(path, `it does not start as a mediasoup worker does`)
  const call = spawn(process.execPath, [join(import.meta.dirname, 'self-check-call.ts'), path], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: mediaLimitMs,
    killSignal: 'SIGKILL',
  })
  let said = ''
  call.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const status = await new Promise((resolve, reject) => {
    call.once('error', reject)
    call.once('close', (code, signal) => resolve(code ?? signal))
  })
  if (status === 0) return
  const reason = status === 'SIGKILL' ? `no media after ${mediaLimitMs / 1000} s` : said.trim()
  throw refusal(path, reason || `the check ended with ${status}`)
}

function refusal(path: string, reason: string): Error {
  return new Error(`The mediasoup worker ${path} fails its check and is refused: ${reason}`)
}
