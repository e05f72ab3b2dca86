import t from 'tap'
import { opaqueString } from './opaque-string.ts'

t.test('brings what looks alike to one spelling (RFC 8265 §4.2, §4.3)', (t) => {
  t.equal(opaqueString('correct horse battery staple'), 'correct horse battery staple')
  t.equal(opaqueString('Correct Horse Battery Staple'), 'Correct Horse Battery Staple')
  t.equal(opaqueString('πßå'), 'πßå')
  t.equal(opaqueString('Jack of ♦s'), 'Jack of ♦s')
  t.equal(opaqueString('foo\u1680bar'), 'foo bar', 'Ogham space mark')
  t.equal(opaqueString('e\u0301'), '\u00e9')
  t.end()
})

t.test('refuses the empty text, controls and what cannot be seen (RFC 8265 §4.2)', (t) => {
  for (const text of ['', 'my cat is a \tby', 'a\0b', 'soft\u00adhyphen', '\ud800', '\u1100']) {
    t.equal(opaqueString(text), undefined, JSON.stringify(text))
  }
  t.end()
})
