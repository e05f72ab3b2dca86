import t from 'tap'
import { Attempts } from './attempts.ts'

t.test(
  'strangers who use up what all share do not shut out who is logged in from there',
  async (t) => {
    const attempts = new Attempts({ everybody: 2 })
    const admin = { address: '192.0.2.1', account: 'admin' }
    for (const address of ['192.0.2.7', '192.0.2.8', '192.0.2.9']) await attempts.begin({ address })
    t.ok(await attempts.begin(admin), 'from elsewhere they wait')
    const known = { ...admin, isKnown: true }
    t.equal(await attempts.begin(known), undefined)
    await attempts.succeed(known)
    t.ok(await attempts.begin({ address: '192.0.2.10' }), 'and give strangers no other try')
    for (let n = 0; n < 9; n += 1) await attempts.begin(known)
    await attempts.begin(known)
    t.ok(await attempts.begin(known), 'their address has its limit all the same')
  },
)
