import { randomBytes } from 'node:crypto'
import t from 'tap'
import { passwordFault } from './accounts/accounts.ts'
import { createPasswordHasher } from './password.ts'

t.test('a hash knows its password and no other', async (t) => {
  const hasher = createPasswordHasher(randomBytes)
  const [one, two] = await Promise.all([hasher.hash('pässwörd 1!'), hasher.hash('pässwörd 1!')])
  t.not(one, two, 'each has its own salt')
  t.match(one, /^scrypt\$(32768|65536|131072)\$8\$\d\$[\w-]{22}\$[\w-]{43}$/)
  t.notMatch(one, /pässwörd/)
  t.equal(await hasher.verify('pässwörd 1!', one), true)
  t.equal(await hasher.verify('pa\u0308sswo\u0308rd 1!', one), true, 'however an umlaut is typed')
  t.equal(await hasher.verify('passwörd 1!', one), false)
})

t.test('a damaged hash is an error, and the line goes on after it', async (t) => {
  const hasher = createPasswordHasher(randomBytes)
  for (const hash of ['', 'scrypt$', 'md5$16$1$1$YWJj$YWJj', 'scrypt$16$1$1$YWJj$YWJj']) {
    await t.rejects(hasher.verify('x', hash), /damaged/)
  }
  const key = Buffer.alloc(32).toString('base64url')
  t.equal(await hasher.verify('x', `scrypt$16$1$1$YWJj$${key}`), false)
})

t.test('a new password has 10 to 256 characters, counted as people do', async (t) => {
  t.equal(passwordFault('🐎'.repeat(9)), 'PASSWORD_TOO_SHORT')
  t.equal(passwordFault('🐎'.repeat(10)), undefined)
  t.equal(passwordFault('x'.repeat(257)), 'PASSWORD_TOO_LONG')
})
