import t from 'tap'
import { contractPoints, tryPoint } from './engine-contract.ts'
import { startOurCluster } from './our-cluster.ts'
import { startOurEngine } from './our-engine.ts'

const servers = { 'our engine': startOurEngine, 'our engine in two workers': startOurCluster }

for (const [name, start] of Object.entries(servers)) {
  t.test(`${name} keeps the whole contract`, async (t) => {
    const server = await start()
    t.teardown(() => server.close())
    for (const point of contractPoints) {
      t.equal((await tryPoint(point, server))?.stack, undefined, point.name)
    }
  })
}
