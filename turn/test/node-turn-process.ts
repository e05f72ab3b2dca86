import NodeTurn from 'node-turn'

// The baseline runs in a process of its own, so that what ends it ends no test.
const [port = '0', username = '', password = ''] = process.argv.slice(2)
const server = new NodeTurn({
  listeningPort: Number(port),
  listeningIps: ['127.0.0.1'],
  relayIps: ['127.0.0.1'],
  minPort: 30_000,
  maxPort: 39_999,
  authMech: 'long-term',
  realm: 'calls.example',
  credentials: { [username]: password },
  debugLevel: 'INFO',
  log: (line: unknown) => {
    if (String(line).startsWith('Server is listening')) process.send?.('listening')
  },
})
process.once('disconnect', () => process.exit())
server.start()
