import t from 'tap'
import type { HistoryPoint } from '#api'
import { createHistory } from './history.ts'

const point = (atMs: number) => ({ atMs }) as HistoryPoint

t.test('keeps the newest points, oldest first', async (t) => {
  let second = 0
  const history = createHistory(() => point(second++), 3)
  t.same(history.points(), [])
  for (let count = 0; count < 7; count += 1) history.record()
  t.same(
    history.points().map(({ atMs }) => atMs),
    [4, 5, 6],
  )
})

t.test('keeps ten minutes', async (t) => {
  const history = createHistory(() => point(1))
  for (let count = 0; count < 700; count += 1) history.record()
  t.equal(history.points().length, 600)
})

t.test('tells each new point until told to stop', async (t) => {
  let second = 0
  const history = createHistory(() => point(second++))
  const told: number[] = []
  const off = history.onPoint(({ atMs }) => told.push(atMs))
  history.record()
  history.record()
  off()
  history.record()
  t.same(told, [0, 1])
})
