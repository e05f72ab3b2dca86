import { createTurnEngine } from '#turn'

// Our engine in a process of its own, so that its processor time can be read apart from the generator's.
const [secret = ''] = process.argv.slice(2)
const loopback = { ip: '127.0.0.1', port: 0 }
const engine = createTurnEngine({
  listen: { udp: [loopback], tcp: [] },
  relay: { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 20_000, portMax: 29_999 },
  realm: 'bench',
  secrets: [secret],
  ownMedia: [],
  allowedPeers: ['127.0.0.0/8'],
  limits: { allocationsPerUser: 8192, unauthenticatedAnswersBurst: 100_000 },
})
await engine.start()
process.once('disconnect', () => process.exit())
process.send?.(engine.listening()[0]?.port)
