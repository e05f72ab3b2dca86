import { createSocket } from 'node:dgram'
import { TurnClient } from '../client/turn-client.ts'
import type { NatClientCommands, Question } from './nat-client.ts'

// A TURN client on a host of its own, told over IPC what to do; see `nat-client.ts`.
const server = '198.51.100.1'
const arrived: string[] = []
let waiting: ((text: string) => void) | undefined
let client: TurnClient | undefined

function connected(): TurnClient {
  if (!client) throw new Error('not connected')
  return client
}

const commands: NatClientCommands = {
  async connect({ transport, port }, login) {
    client?.close()
    client = await TurnClient.connect({ transport, ip: server, port }, login)
    client.onPayload = (payload) => {
      const text = Buffer.from(payload).toString()
      if (waiting) waiting(text)
      else arrived.push(text)
    }
  },
  allocate: () => connected().allocate(4),
  release: () => connected().release(),
  reach: (peer) => connected().bindChannel(peer),
  async send(text) {
    connected().send(Buffer.from(text))
  },
  receive() {
    const text = arrived.shift()
    if (text !== undefined) return Promise.resolve(text)
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        waiting = undefined
        reject(new Error('nothing came'))
      }, 5000)
      waiting = (text) => {
        clearTimeout(deadline)
        waiting = undefined
        resolve(text)
      }
    })
  },
  async probe(ports) {
    const socket = createSocket('udp4')
    for (const port of ports) {
      await new Promise((resolve) => socket.send('where from?', port, server, resolve))
    }
    socket.close()
  },
}

process.on('message', ({ id, command, args }: Question) => {
  const perform = commands[command] as (...args: readonly unknown[]) => Promise<unknown>
  perform(...args).then(
    (value) => process.send?.({ id, value }),
    (error: Error) => process.send?.({ id, fault: error.message }),
  )
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
