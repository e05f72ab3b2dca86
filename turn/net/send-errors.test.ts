import t from 'tap'
import { SendErrors } from './send-errors.ts'

t.test('asks now and then while all goes well, and each time after a failure', (t) => {
  const errors = new SendErrors()
  const send = (error: Error | null) => {
    const onSent = errors.next()
    onSent?.(error)
    return onSent !== undefined
  }
  const asked = (count: number, error: Error | null) =>
    Array.from({ length: count }, () => send(error)).filter(Boolean).length
  t.equal(asked(16, null), 16, 'at first each one')
  t.equal(asked(160, null), 10, 'then one in sixteen')
  t.equal(asked(1, null), 1)
  const failure = new Error('refused')
  t.equal(asked(32, failure), 17, 'one in sixteen notices, then all')
  t.equal(errors.count, 17)
  t.equal(asked(16, null), 16)
  t.equal(asked(16, null), 1)
  t.end()
})
