import t from 'tap'
import { Fuzzer } from './fuzzer.ts'

t.test('takes 50,000 broken and odd messages of every method without an exception', (t) => {
  const fuzzer = new Fuzzer(20_261_123)
  fuzzer.run(50_000)
  const { answered, relayed, created, deleted, connected } = fuzzer.report
  t.comment(JSON.stringify(fuzzer.report))
  t.ok(answered > 1000 && relayed > 100 && created > 100 && deleted > 100, 'and deep inside')
  t.ok(connected > 10, 'also among TCP connections')
  t.end()
})
