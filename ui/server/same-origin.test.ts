import t from 'tap'
import { isOwnOrigin } from './same-origin.ts'

t.test('an origin is ours when host and port are, and over TLS only with https', async (t) => {
  const plain = { address: '127.0.0.1', secure: false, host: 'calls.example.org' }
  const secure = { ...plain, secure: true }
  const publicOrigin = 'https://public.example.org:8444'
  const cases = [
    ['https://calls.example.org', secure, true],
    ['https://calls.example.org:443', secure, true],
    ['http://calls.example.org', secure, false],
    ['http://calls.example.org', plain, true],
    ['https://calls.example.org', plain, true],
    ['https://calls.example.org:8444', secure, false],
    ['https://calls.example.org.evil.example', secure, false],
    ['https://public.example.org:8444', plain, true],
    ['null', plain, false],
    ['', plain, false],
    ['file:///x', plain, false],
    ['https://calls.example.org', { ...secure, host: '' }, false],
  ] as const
  for (const [origin, source, own] of cases) {
    t.equal(isOwnOrigin(origin, source, publicOrigin), own, `${origin} ${source.secure}`)
  }
})
