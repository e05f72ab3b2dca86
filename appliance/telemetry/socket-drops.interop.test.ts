import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import t from 'tap'
import { createSocketDrops } from './socket-drops.ts'

/** Binds a port with little room for what it does not read, and tells which. */
const LISTENER = `
const socket = require('node:dgram').createSocket({ type: 'udp4', recvBufferSize: 4096 })
socket.bind(0, '127.0.0.1', () => console.log(socket.address().port))
`

t.test('sees what a socket of a process that stands still dropped', async (t) => {
  const child = spawn(process.execPath, ['--eval', LISTENER])
  t.teardown(() => child.kill('SIGKILL'))
  const [port] = await once(createInterface(child.stdout), 'line')
  const read = createSocketDrops({ single: [Number(port)], relays: { min: 0, max: -1 } })
  t.same(read('/proc')[0], { port: Number(port), drops: 0, queuedBytes: 0 })
  child.kill('SIGSTOP')
  const sender = createSocket('udp4')
  t.teardown(() => sender.close())
  let sent = 0
  let row = read('/proc')[0]
  while (row?.drops === 0 && sent < 1000) {
    await new Promise((resolve) =>
      sender.send('x'.repeat(1000), Number(port), '127.0.0.1', resolve),
    )
    sent += 1
    row = read('/proc')[0]
  }
  t.ok(row && row.drops > 0 && row.drops <= sent, `${row?.drops} of ${sent} were dropped`)
  t.ok(row && row.queuedBytes > 0, 'and others wait')
})
