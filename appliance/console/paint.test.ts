import t from 'tap'
import { paintChanges, paintLine, paintScreen } from './paint.ts'
import { line, span } from './text.ts'

const brush = { colour: true }

t.test('writes only lines that changed, each at its place', async (t) => {
  const size = { columns: 10, rows: 3 }
  const before = paintScreen([line('one'), line('two')], size, brush)
  const after = paintScreen([line('one'), line('2')], size, brush)
  t.equal(paintChanges(before, before), '')
  t.equal(paintChanges(before, after), `\x1b[2;1H${after[1]}`)
  const all = after.map((text, row) => `\x1b[${row + 1};1H${text}`).join('')
  t.equal(paintChanges([], after), all, 'every line where nothing is known')
})

t.test('covers whole lines, but for the corner where some terminals scroll', async (t) => {
  const [first = '', last = ''] = paintScreen([], { columns: 10, rows: 2 }, brush)
  t.equal(first, `\x1b[0m${' '.repeat(10)}\x1b[0m`)
  t.equal(last, `\x1b[0m${' '.repeat(9)}\x1b[0m`)
  t.match(paintLine(line(span('bar', 'name')), 10, brush), /44mname.*44m {6}/, 'a bar goes on')
  t.match(paintLine(line(span('bad', 'no')), 10, brush), /31mno.*\[0m {8}/, 'a colour does not')
})
