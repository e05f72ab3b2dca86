import t from 'tap'
import { userhashOf } from '../protocol/attributes/userhash.ts'
import { longTermKey } from '../protocol/integrity.ts'
import { StaticUsers, userFault } from './static-users.ts'

t.test('knows listed names and nothing that objects know', (t) => {
  const users = new StaticUsers('r', new Map([['carol', 'secret']]))
  t.equal(users.userOf('carol')?.userId, 'carol')
  t.same(users.userOf('carol')?.keys, [
    {
      md5: longTermKey('carol', 'r', 'secret'),
      sha256: longTermKey('carol', 'r', 'secret', 'sha256'),
    },
  ])
  for (const name of ['', 'Carol', 'constructor', '__proto__', 'toString']) {
    t.equal(users.userOf(name), undefined)
  }
  t.equal(users.nameOf(userhashOf('carol', 'r')), 'carol')
  t.equal(users.nameOf(userhashOf('carol', 'another realm')), undefined)
  t.end()
})

t.test('tells one person by all spellings of the name, for one quota', (t) => {
  const users = new StaticUsers('r', new Map([['Zoe\u0308', 'a']]))
  t.equal(users.userOf('Zo\u00eb')?.userId, 'Zoe\u0308')
  t.equal(users.userOf('Zoe\u0308')?.userId, 'Zoe\u0308')
  t.equal(users.size, 2)
  t.end()
})

t.test('says what is wrong with a name or password without repeating the password', (t) => {
  t.equal(userFault('carol', 'secret'), undefined)
  t.match(userFault('', 'secret'), /user name is empty/)
  t.match(userFault('a\nb', 'secret'), /control/)
  t.match(userFault('x'.repeat(509), 'secret'), /longer than 508 bytes/)
  t.match(userFault('carol', ''), /password of "carol" is empty/)
  t.notMatch(userFault('carol', 'se\ncret'), /cret/)
  t.end()
})
