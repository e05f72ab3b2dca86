import t from 'tap'
import { Turns } from './turns.ts'

const all = () => true

t.test('gives each its turn, however few are taken at once', async (t) => {
  const turns = new Turns(() => ['a', 'b', 'c', 'd', 'e'].values())
  t.same([turns.take(2, all), turns.take(2, all), turns.take(2, all)].flat().join(''), 'abcdea')
})

t.test('takes each that is wanted once, and ends when there is no more', async (t) => {
  const taken = new Set<string>()
  const turns = new Turns(() => ['a', 'b', 'c'].values())
  turns.take(1, all)
  const claim = (thing: string) => !taken.has(thing) && taken.add(thing) !== undefined
  t.same(turns.take(9, claim), ['b', 'c', 'a'])
  t.same(turns.take(9, claim), [])
  t.same(new Turns(() => [].values()).take(9, all), [])
})

t.test('goes on with what comes meanwhile', async (t) => {
  const things = new Set(['a'])
  const turns = new Turns(() => things.values())
  t.same(turns.take(1, all), ['a'])
  things.add('b')
  t.same(turns.take(1, all), ['b'])
})
