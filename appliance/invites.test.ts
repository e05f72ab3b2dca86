import { decodeJwt, SignJWT } from 'jose'
import t from 'tap'
import { createInvites } from './invites.ts'

const keys = new Map([['key', 'a secret of at least thirty-two characters']])
const invites = createInvites(keys)
const sign = (claims: Record<string, unknown>, secret = [...keys.values()][0] ?? '') =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('key')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret))

t.test('admits an invite to its room, and to no other', async (t) => {
  const { token } = await invites.issue('garden', 60)
  t.equal(await invites.admits(token, 'garden'), true)
  t.equal(await invites.admits(token, 'cellar'), false)
})

t.test('suggests a name without naming a person', async (t) => {
  const { token } = await invites.issue('garden', 60, 'Guest')
  t.match(decodeJwt(token), { name: 'Guest', sub: undefined })
  t.equal(await invites.admits(token, 'garden'), true)
})

t.test('refuses an invite that is over', async (t) => {
  const { token } = await invites.issue('garden', -10)
  t.equal(await invites.admits(token, 'garden'), false)
})

t.test('refuses a personal access token: it is its owner’s alone', async (t) => {
  const personal = await sign({ sub: 'anna', video: { roomJoin: true, room: 'garden' } })
  t.equal(await invites.admits(personal, 'garden'), false)
})

t.test('refuses what another key signed, and what is no token', async (t) => {
  const foreign = await sign({ video: { roomJoin: true, room: 'garden' } }, 'x'.repeat(40))
  t.equal(await invites.admits(foreign, 'garden'), false)
  for (const text of ['', 'a.b.c', '__proto__'])
    t.equal(await invites.admits(text, 'garden'), false)
})
