import t from 'tap'
import { UserBudgets } from './user-budgets.ts'

const minute = 60_000
const hour = 60 * minute

t.test('blocks who was too fast until the average is right again', (t) => {
  const budgets = new UserBudgets({ bytesPerSecondPerUser: 1000, bytesPerDayPerUser: 0 })
  const blockedAt = (ms: number, bytes: number) => {
    budgets.add(new Map([['alice', bytes]]), ms)
    return budgets.judge(ms).blocked.has('alice')
  }
  t.equal(blockedAt(0, 900), false)
  t.equal(blockedAt(1000, 1000), false, 'exactly the rate')
  t.equal(blockedAt(2000, 5000), true)
  t.equal(blockedAt(3000, 0), true)
  t.equal(blockedAt(6000, 0), false, 'five seconds of data in five seconds')
  t.end()
})

t.test('counts the volume of 24 hours and lets it go by the hour', (t) => {
  const budgets = new UserBudgets({ bytesPerSecondPerUser: 0, bytesPerDayPerUser: 1000 })
  budgets.add(new Map([['alice', 800]]), 0)
  budgets.add(new Map([['bob', 10]]), 0)
  t.same([...budgets.judge(0).overVolume], [])
  budgets.add(new Map([['alice', 300]]), 5 * hour)
  t.same([...budgets.judge(5 * hour).overVolume], ['alice'])
  t.same([...budgets.judge(23 * hour).blocked], ['alice'])
  t.same([...budgets.judge(25 * hour).blocked], [])
  t.equal(budgets.size, 1, 'bob is forgotten')
  budgets.judge(30 * hour)
  t.equal(budgets.size, 0)
  t.end()
})

t.test('remembers nobody when nothing is limited', (t) => {
  const budgets = new UserBudgets({ bytesPerSecondPerUser: 0, bytesPerDayPerUser: 0 })
  budgets.add(new Map([['alice', 800]]), 0)
  t.equal(budgets.size, 0)
  t.equal(budgets.isLimited, false)
  t.end()
})
