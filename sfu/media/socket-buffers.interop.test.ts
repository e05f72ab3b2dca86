import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { MediaWorkers } from './media-workers.ts'
import { mediaBufferBytes } from './socket-buffers.ts'

const run = promisify(execFile)
const skip = needs('worker', 'iproute2')

/** What the kernel grants of what is asked for (socket(7)). */
async function granted(limit: 'rmem_max' | 'wmem_max'): Promise<number> {
  const most = Number(await readFile(`/proc/sys/net/core/${limit}`, 'utf8'))
  return Math.min(most, mediaBufferBytes)
}

/** What a socket of another process has (ss(8), skmem). */
async function buffersOf(kind: '-uanm' | '-tlnm', port: number) {
  const { stdout } = await run('ss', [kind, `sport = :${port}`])
  const [, receive, send] = /skmem:\(r\d+,rb(\d+),t\d+,tb(\d+)/.exec(stdout) ?? []
  return { receive: Number(receive), send: Number(send) }
}

async function usualTcpBytes(): Promise<number> {
  const text = await readFile('/proc/sys/net/ipv4/tcp_rmem', 'utf8')
  return Number(text.split(/\s+/)[1])
}

t.test(
  'media sockets have what they asked for, or the log says what is short',
  { skip },
  async (t) => {
    const warnings: Readonly<Record<string, unknown>>[] = []
    const workers = new MediaWorkers({
      workers: 1,
      ports: [{ udp: 0, tcp: 0 }],
      listen: [{ ip: '127.0.0.1' }],
      log: { info() {}, warn: (fields) => warnings.push(fields), error() {} },
    })
    t.teardown(() => workers.close())
    await workers.start()
    const [receiveBytes, sendBytes] = [await granted('rmem_max'), await granted('wmem_max')]

    const [{ udp = 0, tcp = 0 } = {}] = workers.listening()
    t.same(await buffersOf('-uanm', udp), {
      receive: 2 * receiveBytes,
      send: 2 * sendBytes,
    })
    const { receive } = await buffersOf('-tlnm', tcp)
    t.equal(receive, await usualTcpBytes(), 'the kernel sizes what TCP has')

    const isShort = receiveBytes < mediaBufferBytes || sendBytes < mediaBufferBytes
    const expected = { askedBytes: mediaBufferBytes, receiveBytes, sendBytes, fix: /rmem_max/ }
    t.match(warnings, isShort ? [expected] : [])
    t.equal(warnings.length, isShort ? 1 : 0)
  },
)
