import { parentPort, workerData } from 'node:worker_threads'
import NodeTurn from 'node-turn'

// node-turn keeps its relays open after a stop; a thread takes them along when it ends.
const { port, username, password } = workerData
const relay = new NodeTurn({
  listeningPort: port,
  listeningIps: ['127.0.0.1'],
  relayIps: ['127.0.0.1'],
  minPort: 40_000,
  maxPort: 49_999,
  authMech: 'long-term',
  realm: 'calls.example',
  credentials: { [username]: password },
  debugLevel: 'INFO',
  log: (line: unknown) => {
    if (String(line).startsWith('Server is listening')) parentPort?.postMessage('listening')
  },
})
relay.start()
