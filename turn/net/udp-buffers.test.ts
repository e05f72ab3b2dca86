import { readFile } from 'node:fs/promises'
import t from 'tap'
import { silentLog } from './log.ts'
import { UdpListener } from './udp-listener.ts'

const asked = 16 * 1024 * 1024
const skip = process.platform === 'linux' ? false : 'needs Linux, which tells its limits in /proc'

async function granted(limit: 'rmem_max' | 'wmem_max'): Promise<number> {
  return Math.min(Number(await readFile(`/proc/sys/net/core/${limit}`, 'utf8')), asked)
}

t.test(
  'reads back what buffers the kernel granted, and tells once of less',
  { skip },
  async (t) => {
    const [receiveBytes, sendBytes] = [await granted('rmem_max'), await granted('wmem_max')]
    const lines: object[] = []
    const log = { ...silentLog, debug: (facts: object) => lines.push(facts) }
    for (const _ of [1, 2]) {
      const at = { ip: '127.0.0.1', port: 0 }
      const listener = await UdpListener.open(at, { onMessage: () => undefined }, { log })
      t.teardown(() => listener.close())
    }
    const isShort = receiveBytes < asked || sendBytes < asked
    t.equal(lines.length, isShort ? 1 : 0)
    const expected = { askedBytes: asked, receiveBytes, sendBytes, fix: /net\.core\.rmem_max/ }
    t.match(lines, isShort ? [expected] : [])
  },
)
