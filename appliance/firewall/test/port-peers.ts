import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

// node port-peers.ts listen|try TCP,… UDP,… [IP]: the two ends of a firewall's test.

/** Open with a firewall and without. */
const OPEN_PORT = 3478

const [mode, tcpList = '', udpList = '', ip = ''] = process.argv.slice(2)
const portsOf = (list: string) => list.split(',').filter(Boolean).map(Number)
type Try = Readonly<{ port: number; state: { answered: boolean } }>

const [tcp, udp] = [portsOf(tcpList), portsOf(udpList)]

if (mode === 'listen') await listen()
else process.stdout.write(JSON.stringify(await tryAll()))

/** Takes every connection, and sends every datagram back. */
async function listen(): Promise<void> {
  for (const port of tcp) {
    await once(createServer((socket) => socket.end('hello')).listen(port, '::'), 'listening')
  }
  for (const port of udp) {
    const socket = createSocket('udp6')
    socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address))
    socket.bind(port, '::')
    await once(socket, 'listening')
  }
  process.stdout.write('listening\n')
}

/**
 * One wire keeps the order: what is let in has been answered when the second of two datagrams to the port that is open in
 * any case has come back.
 */
async function tryAll() {
  const connections = tcp.map((port) => tryTcp(port))
  const datagrams = await Promise.all(udp.map((port) => tryUdp(port)))
  for (let round = 0; round < 2; round++) {
    const control = await tryUdp(OPEN_PORT)
    await control.answer
    control.end()
  }
  const answeredBy = (protocol: string, tries: readonly Try[]) =>
    tries.map(({ port, state }) => ({ protocol, port, answered: state.answered }))
  const results = [...answeredBy('tcp', connections), ...answeredBy('udp', datagrams)]
  for (const { end } of [...connections, ...datagrams]) end()
  return results
}

function tryTcp(port: number) {
  const state = { answered: false }
  const socket = connect(port, ip)
  socket.on('connect', () => {
    state.answered = true
  })
  socket.on('error', () => undefined)
  return { port, state, end: () => socket.destroy() }
}

async function tryUdp(port: number) {
  const state = { answered: false }
  const { promise: answer, resolve } = Promise.withResolvers<void>()
  const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', () => {
    state.answered = true
    resolve()
  })
  socket.bind(0)
  await once(socket, 'listening')
  await new Promise((sent) => socket.send('are you there?', port, ip, sent))
  return { port, state, answer, end: () => socket.close() }
}
