import t from 'tap'
import { clientName } from './client-name.ts'

const named = (query: string, userAgent?: string) =>
  clientName(new URLSearchParams(query), userAgent)

const chrome =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'
const agents = [
  [chrome, 'Chrome 156, Linux'],
  [`${chrome} Edg/156.0.1`, 'Edge 156, Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; rv:153.0) Gecko/20100101 Firefox/153.0', 'Firefox 153, Windows'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 (KHTML, like Gecko) Version/19.1 Safari/605',
    'Safari 19, macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/19.0 Mobile Safari/604',
    'Safari 19, iOS',
  ],
] as const

t.test('names the library, and the browser by its User-Agent', async (t) => {
  for (const [agent, name] of agents) {
    t.equal(named('sdk=js&version=2.23.0', agent), `livekit-client 2.23.0, ${name}`)
  }
})

t.test('what a client says of itself comes first', async (t) => {
  const query = 'sdk=android&version=2.1&os=Android 17&browser=&device_model=x'
  t.equal(named(query, 'okhttp/4'), 'LiveKit Android 2.1, Android 17')
  t.equal(
    named('sdk=js&browser=Brave&browser_version=9&os=Plan 9', chrome),
    'livekit-client, Brave 9, Plan 9',
  )
})

t.test('who says nothing has no name, and nobody a long or a strange one', async (t) => {
  t.equal(named(''), undefined)
  t.equal(named('version=3', 'curl'), undefined)
  t.equal(named(`sdk=<b>js</b>\u202e&os=${'x'.repeat(500)}`), `bjsb, ${'x'.repeat(40)}`)
})
