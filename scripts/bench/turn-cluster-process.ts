import { createTurnCluster } from '#turn'

// TURN in worker processes, for UDP. Every message to this process asks where its allocations are.
const [secret = '', workers = ''] = process.argv.slice(2)
const engine = createTurnCluster({
  workers: Number(workers),
  listen: { udp: [{ ip: '127.0.0.1', port: 0 }], tcp: [] },
  relay: { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 40_000, portMax: 49_999 },
  realm: 'bench',
  secrets: [secret],
  ownMedia: [],
  allowedPeers: ['127.0.0.0/8'],
  limits: { allocationsPerUser: 8192, unauthenticatedAnswersBurst: 100_000 },
})
await engine.start()
process.once('disconnect', () => engine.close('the measurement is over').then(() => process.exit()))
process.send?.(engine.listening()[0]?.port)
