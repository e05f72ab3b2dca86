import t from 'tap'
import { RecentAnswers } from './recent-answers.ts'

t.test('keeps an answer for 40 s (RFC 8656 §5)', (t) => {
  const recent = new RecentAnswers(10)
  const answer = Uint8Array.of(1)
  recent.remember('a', undefined, 0)
  t.match(recent.find('a', 1), { answer: undefined }, 'being worked on')
  recent.remember('a', answer, 10)
  t.equal(recent.find('a', 40_009)?.answer, answer)
  t.equal(recent.find('a', 40_010), undefined)
  t.end()
})

t.test('never holds more than its limit; the oldest makes room', (t) => {
  const recent = new RecentAnswers(3)
  for (const key of ['a', 'b', 'c', 'd', 'e']) recent.remember(key, undefined, 0)
  t.equal(recent.size, 3)
  t.equal(recent.find('b', 1), undefined)
  t.ok(recent.find('c', 1))
  t.end()
})
