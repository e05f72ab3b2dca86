import { createSocket, type Socket } from 'node:dgram'

// The least Node can do for a relayed packet: one socket for clients, one for each client's peer, a table lookup between
// them, no protocol. A datagram of two bytes names the peer's port of a client that begins.
const lookup = (ip: string, _options: unknown, done: (e: null, ip: string, f: number) => void) =>
  done(null, ip, 4)
const front = createSocket({
  type: 'udp4',
  lookup,
  recvBufferSize: 4 << 20,
  sendBufferSize: 4 << 20,
})
const relays = new Map<number, { socket: Socket; peerPort: number }>()

function open(clientPort: number, address: string, peerPort: number): void {
  const socket = createSocket({ type: 'udp4', lookup })
  relays.get(clientPort)?.socket.close()
  relays.set(clientPort, { socket, peerPort })
  socket.on('message', (bytes) => front.send(bytes, clientPort, address))
  socket.bind(0, '127.0.0.1', () => front.send('ready', clientPort, address))
}

front.on('message', (bytes, { port, address }) => {
  const relay = relays.get(port)
  if (relay && bytes.length > 2) relay.socket.send(bytes, relay.peerPort, '127.0.0.1')
  else open(port, address, bytes.readUInt16BE())
})
front.bind(0, '127.0.0.1', () => process.send?.(front.address().port))
process.once('disconnect', () => process.exit())
