import t from 'tap'
import { parseCallAddress } from './address.ts'
import { splitLinks } from './links.ts'
import { createMemory } from './memory.ts'
import { shortcutOf } from './shortcuts.ts'
import { isInvite, readTokenClaims } from './token-claims.ts'

t.test('reads room, token and relay, and takes the token out of the address', async (t) => {
  t.strictSame(parseCallAddress('https://calls.example:8444/call/a%2Fb%20c?token=x.y.z&relay=1'), {
    roomName: 'a/b c',
    token: 'x.y.z',
    relay: true,
    signalUrl: 'wss://calls.example:8444',
    cleanPath: '/call/a%2Fb%20c?relay=1',
  })
  const plain = parseCallAddress('http://127.0.0.1:8080/call/room/?token=')
  t.match(plain, { roomName: 'room', signalUrl: 'ws://127.0.0.1:8080', relay: false })
  t.equal(plain?.token, undefined)
})

t.test('knows no room in other addresses', async (t) => {
  for (const path of ['/', '/call', '/call/', '/call/a/b', '/call/%E0%A4%A']) {
    t.equal(parseCallAddress(`https://calls.example${path}`), undefined, path)
  }
})

function tokenOf(payload: unknown): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${encode({ alg: 'HS256' })}.${encode(payload)}.signature`
}

t.test('reads what a token says about its holder', async (t) => {
  const token = tokenOf({
    sub: 'u1',
    name: 'Zoë 👋',
    exp: 1_800_000_000,
    video: { room: 'r', canUpdateOwnMetadata: true },
  })
  t.strictSame(readTokenClaims(token), {
    identity: 'u1',
    name: 'Zoë 👋',
    roomName: 'r',
    mayUpdateSelf: true,
    expiresAtMs: 1_800_000_000_000,
  })
  t.equal(readTokenClaims(tokenOf({ sub: 'u1' }))?.mayUpdateSelf, false)
})

t.test('an invite names a room but nobody', async (t) => {
  t.equal(isInvite(tokenOf({ video: { room: 'r' } })), true)
  t.equal(isInvite(tokenOf({ sub: 'u1', video: { room: 'r' } })), false)
  t.equal(isInvite('nonsense'), false)
})

t.test('takes anything but a token for none', async (t) => {
  for (const token of ['', 'a', 'a.b.c', 'a.%%%.c', `a.${btoa('[]')}.c`, `a.${btoa('1')}.c`]) {
    t.equal(readTokenClaims(token), undefined, token)
  }
})

t.test('M mutes and H raises the hand, except while typing or with a modifier', async (t) => {
  const press = { repeat: false, ctrlKey: false, metaKey: false, altKey: false, target: null }
  t.equal(shortcutOf({ ...press, key: 'm' }), 'mute')
  t.equal(shortcutOf({ ...press, key: 'H' }), 'hand')
  t.equal(shortcutOf({ ...press, key: 'x' }), undefined)
  t.equal(shortcutOf({ ...press, key: 'm', ctrlKey: true }), undefined)
  t.equal(shortcutOf({ ...press, key: 'm', repeat: true }), undefined)
  t.equal(shortcutOf({ ...press, key: 'm', target: { tagName: 'TEXTAREA' } }), undefined)
  t.equal(shortcutOf({ ...press, key: 'm', target: { isContentEditable: true } }), undefined)
  t.equal(shortcutOf({ ...press, key: 'm', target: { tagName: 'BUTTON' } }), 'mute')
})

t.test('finds web addresses in a message without the punctuation after them', async (t) => {
  const links = (text: string) =>
    splitLinks(text)
      .filter((part) => part.isLink)
      .map((part) => part.text)
  t.strictSame(links('see https://a.example/x, or (http://b.example).'), [
    'https://a.example/x',
    'http://b.example',
  ])
  t.strictSame(links('javascript:alert(1) file:///etc data:text/html,x'), [])
  const text = 'a https://a.example b'
  t.equal(
    splitLinks(text)
      .map((part) => part.text)
      .join(''),
    text,
  )
})

t.test('remembers for as long as the page when the browser refuses storage', async (t) => {
  const refused = createMemory(() => {
    throw new DOMException('denied', 'SecurityError')
  })
  refused.write('k', 'v')
  t.equal(refused.read('k'), 'v')
  t.equal(refused.read('other'), undefined)
})
