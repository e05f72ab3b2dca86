import { SignJWT } from 'jose'
import { AccessToken as SdkToken, TokenVerifier } from 'livekit-server-sdk'
import t from 'tap'
import { permissionsOf, signAccessToken, verifyAccessToken } from './access-token.ts'

const secret = 'a secret that is long enough for tests'
const keys = new Map([
  ['key', secret],
  ['other', 'another secret that is long enough as well'],
])
const nowMs = Date.UTC(2026, 0, 1)
const nowSeconds = nowMs / 1000

t.test('takes a token made by livekit-server-sdk, with all that is in it', async (t) => {
  const made = new SdkToken('key', secret, {
    identity: 'anna',
    name: 'Anna',
    metadata: 'notes',
    attributes: { a: '1' },
    ttl: '1h',
  })
  made.addGrant({ roomJoin: true, room: 'a room', canPublish: false })
  const token = await verifyAccessToken(await made.toJwt(), keys, Date.now())
  t.match(token, {
    ok: true,
    value: { key: 'key', identity: 'anna', name: 'Anna', metadata: 'notes', kind: 'standard' },
  })
  if (!token.ok) return
  t.same(Object.fromEntries(token.value.attributes), { a: '1' })
  t.match(token.value.grant, { roomJoin: true, room: 'a room', canPublish: false })
})

t.test('makes a token that livekit-server-sdk takes', async (t) => {
  const grant = { roomJoin: true, room: 'a room' }
  const time = { nowMs: Date.now(), lifetimeSeconds: 60 }
  const token = await signAccessToken({ identity: 'anna', grant }, { id: 'key', secret }, time)
  const claims = await new TokenVerifier('key', secret).verify(token)
  t.match(claims, { sub: 'anna', iss: 'key', video: grant })
})

t.test(
  'refuses, with a reason, what is expired, early, foreign, unsigned or without an end',
  async (t) => {
    const sign = (change: (jwt: SignJWT) => SignJWT, by = secret) =>
      change(new SignJWT({ video: {} }).setProtectedHeader({ alg: 'HS256' }).setIssuer('key'))
        .setSubject('anna')
        .sign(new TextEncoder().encode(by))
    const cases: readonly [string, string, RegExp][] = [
      ['expired', await sign((jwt) => jwt.setExpirationTime(nowSeconds - 61)), /"exp"/],
      [
        'early',
        await sign((jwt) => jwt.setExpirationTime(nowSeconds + 900).setNotBefore(nowSeconds + 61)),
        /"nbf"/,
      ],
      ['endless', await sign((jwt) => jwt), /"exp"/],
      [
        'foreign signature',
        await sign(
          (jwt) => jwt.setExpirationTime(nowSeconds + 60),
          'a foreign secret, long enough',
        ),
        /signature/,
      ],
      [
        'unknown key',
        await sign((jwt) => jwt.setExpirationTime(nowSeconds + 60).setIssuer('__proto__')),
        /^invalid API key$/,
      ],
      ['rubbish', 'rubbish', /^invalid authorization token/],
      ['too long', 'x'.repeat(20_000), /too long/],
      ['unsigned', `${encode({ alg: 'none' })}.${encode({ iss: 'key', exp: 9e9 })}.`, /alg/],
    ]
    for (const [name, token, why] of cases) {
      const verified = await verifyAccessToken(token, keys, nowMs)
      t.match(verified, { ok: false, fault: why }, name)
    }
  },
)

t.test('forgives clocks that differ by a minute', async (t) => {
  for (const offset of [-59, 59]) {
    const time = { nowMs: nowMs + offset * 1000, lifetimeSeconds: offset < 0 ? 1 : 600 }
    const token = await signAccessToken({ identity: 'a', grant: {} }, { id: 'key', secret }, time)
    t.match(await verifyAccessToken(token, keys, nowMs), { ok: true }, `${offset} s`)
  }
})

t.test('a silent grant allows publishing and receiving, not renaming', async (t) => {
  t.same(permissionsOf({}), {
    canPublish: true,
    canPublishSources: [],
    canSubscribe: true,
    canPublishData: true,
    canUpdateOwnMetadata: false,
    hidden: false,
  })
  t.equal(permissionsOf({ canPublish: false }).canPublishData, false, 'data follows publishing')
  t.equal(permissionsOf({ canPublish: false, canPublishData: true }).canPublishData, true)
  const some = permissionsOf({ canPublishSources: ['microphone', 'unheard of'] })
  t.same(some.canPublishSources, ['microphone'])
})

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
