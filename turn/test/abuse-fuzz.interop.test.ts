import t from 'tap'
import { Fuzzer } from './fuzzer.ts'

t.setTimeout(240_000)

t.test('takes 1,000,000 broken and odd messages of every method without an exception', (t) => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 1e9) + 1)
  t.comment(`FUZZ_SEED=${seed}`)
  const fuzzer = new Fuzzer(seed)
  fuzzer.run(1_000_000)
  t.comment(JSON.stringify(fuzzer.report))
  t.ok(fuzzer.report.relayed > 0)
  t.end()
})
