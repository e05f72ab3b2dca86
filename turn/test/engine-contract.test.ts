import t from 'tap'
import { contractPoints, tryPoint } from './engine-contract.ts'
import { startOurEngine } from './our-engine.ts'

t.test('our engine keeps the whole contract', async (t) => {
  const server = await startOurEngine()
  t.teardown(() => server.close())
  for (const point of contractPoints) {
    t.equal((await tryPoint(point, server))?.stack, undefined, point.name)
  }
})
