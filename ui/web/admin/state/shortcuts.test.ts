import t from 'tap'
import { busyStatus, quietStatus } from '../../../server/test/sample-status.ts'
import { navigationBadge, navigationGroups } from './navigation.ts'
import { SECTIONS } from './route.ts'
import { Shortcuts } from './shortcuts.ts'

t.test('g and a letter go to a part, if the letter comes soon', async (t) => {
  const keys = new Shortcuts()
  t.equal(keys.press('g', 0), undefined)
  t.same(keys.press('t', 1000), { type: 'open', section: 'turn' })
  t.equal(keys.press('t', 1100), undefined, 'the letter alone does nothing')
  keys.press('g', 2000)
  t.equal(keys.press('t', 4000), undefined, 'too late')
  keys.press('g', 5000)
  t.equal(keys.press('z', 5100), undefined, 'nothing is there')
  t.equal(keys.press('t', 5200), undefined, 'and the pair is over')
  t.same(keys.press('?', 0), { type: 'help' })
  t.same(keys.press('/', 0), { type: 'search' })
})

t.test('every part that exists has a place and a key of its own', async (t) => {
  const all = [
    'dashboard',
    'calls',
    'alerts',
    'connect',
    'turn',
    'certificate',
    'settings',
    'kernel',
    'users',
  ] as const
  const groups = navigationGroups(all.map((section) => ({ section, label: section })))
  t.same(
    groups.map(({ title, places }) => [title, places.length]),
    [
      ['Operate', 4],
      ['Set up', 5],
    ],
  )
  t.same(
    navigationGroups().flatMap(({ places }) => places.map(({ section }) => section)),
    SECTIONS.map(({ section }) => section),
    'in one order everywhere',
  )
  const keys = groups.flatMap(({ places }) => places.map(({ key }) => key))
  t.equal(new Set(keys).size, all.length)
  const [only] = navigationGroups([{ section: 'dashboard', label: 'Dashboard' }])
  t.equal(only?.places.length, 1, 'parts that do not exist are not offered')
})

t.test('counts alerts and unhappy people beside their parts', async (t) => {
  const busy = busyStatus(0)
  t.match(navigationBadge('alerts', busy), { figure: '1', text: '1 alert fires' })
  t.match(navigationBadge('calls', busy), { text: '1 person has a poor connection' })
  t.equal(navigationBadge('turn', busy), undefined)
  t.equal(navigationBadge('alerts', quietStatus(0)), undefined)
  t.equal(navigationBadge('calls', undefined), undefined)
})
