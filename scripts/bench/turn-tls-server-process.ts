import { readFileSync } from 'node:fs'
import { createTurnEngine } from '#turn'
import { benchOptions } from './turn-bench-options.ts'

// Our engine in a process of its own, so that its processor time can be read apart from the generator's.
const [secret = '', certFile = '', keyFile = ''] = process.argv.slice(2)
const engine = createTurnEngine({
  ...benchOptions(secret),
  listen: { udp: [], tcp: [], tls: [{ ip: '127.0.0.1', port: 0 }] },
  certificate: { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') },
})
await engine.start()
process.once('disconnect', () => process.exit())
process.send?.(engine.listening()[0]?.port)
