import fc from 'fast-check'
import t from 'tap'
import { beside, fit, line, span, widthOf, wrap } from './text.ts'

t.test('breaks between words, inside a word that is too long, and keeps the indent', async (t) => {
  t.same(wrap('one two three', 8), ['one two', 'three'])
  t.same(wrap('a abcdefghij', 4), ['a', 'abcd', 'efgh', 'ij'])
  t.same(wrap('    one two', 8), ['    one', '    two'])
  t.same(wrap('ok  two  columns', 80), ['ok  two  columns'])
  t.same(wrap('', 8), [''])
})

t.test('breaks any text without losing a character of its words, within the columns', async (t) => {
  const property = fc.property(fc.string(), fc.integer({ min: 2, max: 40 }), (text, columns) => {
    const lines = wrap(text, columns)
    const letters = (from: string) => from.replaceAll(/\s/g, '').length
    t.ok(lines.every((row) => row.length <= columns))
    return letters(lines.join('')) === letters(text)
  })
  t.doesNotThrow(() => fc.assert(property))
})

t.test('fits lines to columns, and puts them beside each other', async (t) => {
  t.equal(widthOf(fit(line('abc', span('bad', 'def')), 4)), 4)
  t.equal(widthOf(fit(line('a'), 4)), 4)
  const [first, second] = beside([line('a')], [line('x'), line('y')], 3)
  t.same(first?.map(({ text }) => text).join(''), 'a  x')
  t.same(second?.map(({ text }) => text).join(''), '   y')
})
