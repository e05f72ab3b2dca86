import t from 'tap'
import { CertificateAuthority } from '../../../scripts/test/certificate-authority.ts'
import { httpSink, messageOf, NOTICE } from '../test/sinks.ts'
import { ChannelFault } from './channel.ts'
import { jsonChannel } from './json-webhook.ts'
import { mattermostBody, mattermostChannel } from './mattermost.ts'

const never = new AbortController().signal

/** Why a message was not taken. */
async function whyNot(
  sending: Promise<string>,
): Promise<Pick<ChannelFault, 'message' | 'isFinal'>> {
  try {
    return { message: await sending, isFinal: false }
  } catch (error) {
    if (error instanceof ChannelFault) return { message: error.message, isFinal: error.isFinal }
    throw error
  }
}

t.test('posts to Mattermost as its incoming webhooks want it', async (t) => {
  const { url, posted } = await httpSink(t)
  const channel = mattermostChannel('Mattermost', url)
  t.equal(channel.target, url.host)
  const resolved = {
    ...NOTICE,
    id: 'cpu',
    title: 'The processor is busy',
    change: 'resolved',
  } as const
  t.equal(await channel.send(messageOf(NOTICE, resolved), never), 'taken (200)')
  const [one] = posted
  t.match(one, { url: '/hooks/the-secret', type: 'application/json' })
  t.same(JSON.parse(one?.body ?? ''), {
    username: 'Callbox',
    text: '**1 alert, 1 resolved on calls.example.org** – [alerts](https://calls.example.org:8444/admin/alerts)',
    attachments: [
      {
        fallback: 'Packets are lost',
        color: '#d99000',
        title: 'Warning: Packets are lost',
        text: '**5.1 %**\nPeople hear gaps.\nLook at the calls page.',
      },
      {
        fallback: 'Resolved: The processor is busy',
        color: '#16703c',
        title: 'Resolved: The processor is busy',
        text: '5.1 %',
      },
    ],
  })
})

t.test('lets nothing in a value format, link or call anybody', async (t) => {
  const body = JSON.stringify(
    mattermostBody(messageOf({ ...NOTICE, value: '@all [x](http://y) *b*' })),
  )
  t.notMatch(body, /@all|\[x\]\(|[^\\]\*b\*/)
})

t.test('posts JSON as the documentation says', async (t) => {
  const { url, posted } = await httpSink(t, { answer: (response) => response.writeHead(204).end() })
  t.equal(await jsonChannel('Webhook', url).send(messageOf(NOTICE), never), 'taken (204)')
  const { change: _state, sinceMs: _since, ...rest } = NOTICE
  t.same(JSON.parse(posted[0]?.body ?? ''), {
    version: 1,
    kind: 'alerts',
    server: 'calls.example.org',
    url: 'https://calls.example.org:8444/admin/alerts',
    at: '2027-01-15T08:00:00.000Z',
    headline: 'Packets are lost on calls.example.org',
    alerts: [{ ...rest, state: 'firing', since: '2027-01-15T08:00:00.000Z' }],
  })
  await jsonChannel('Webhook', url).send(messageOf(), never)
  t.match(JSON.parse(posted[1]?.body ?? ''), { kind: 'test', alerts: [], headline: /a test/ })
})

t.test('follows no redirect, and tells what is for good from what may pass', async (t) => {
  const elsewhere = await httpSink(t)
  const answers: [status: number, words: RegExp, isFinal: boolean][] = [
    [302, /leads elsewhere \(302\)/, true],
    [404, /no such webhook/, true],
    [403, /does not admit us/, true],
    [429, /answered 429/, false],
    [503, /answered 503/, false],
  ]
  for (const [status, words, isFinal] of answers) {
    const { url } = await httpSink(t, {
      answer: (response) => response.writeHead(status, { location: elsewhere.url.href }).end('x'),
    })
    const why = await whyNot(jsonChannel('Webhook', url).send(messageOf(NOTICE), never))
    t.match(why, { message: words, isFinal })
    t.notMatch(why.message, /the-secret/)
  }
  t.same(elsewhere.posted, [])
})

t.test('gives up what does not answer, or only by and by, and when told to stop', async (t) => {
  const { url } = await httpSink(t, { answer: () => undefined })
  const options = { timeoutMs: 100 }
  const late = await whyNot(jsonChannel('Webhook', url, options).send(messageOf(NOTICE), never))
  t.same(late, { message: 'it did not answer in time', isFinal: false })
  const stopped = new AbortController()
  const sending = whyNot(jsonChannel('Webhook', url).send(messageOf(NOTICE), stopped.signal))
  stopped.abort()
  t.match(await sending, { isFinal: false })
  const endless = await httpSink(t, {
    answer: (response) => {
      response.writeHead(200)
      const pour = () => {
        while (response.writable && response.write('x'.repeat(65_536)));
      }
      response.on('drain', pour)
      pour()
    },
  })
  t.equal(await jsonChannel('Webhook', endless.url).send(messageOf(NOTICE), never), 'taken (200)')
})

t.test('says why there was no connection, without the address', async (t) => {
  const nobody = new URL('http://127.0.0.1:9/hooks/the-secret')
  t.same(await whyNot(jsonChannel('Webhook', nobody).send(messageOf(NOTICE), never)), {
    message: 'nothing listens there',
    isFinal: false,
  })
  const authority = await CertificateAuthority.create()
  const tls = await authority.issue({ hosts: ['sink'], ips: ['127.0.0.1'] })
  const { url, posted } = await httpSink(t, { tls })
  const untrusted = await whyNot(jsonChannel('Webhook', url).send(messageOf(NOTICE), never))
  t.match(untrusted.message, /an authority that this system does not trust/)
  t.same(posted, [], 'the address was not told to who could not show who they are')
  const trusting = jsonChannel('Webhook', url, { ca: [authority.cert] })
  t.equal(await trusting.send(messageOf(NOTICE), never), 'taken (200)')
  const plain = new URL(url.href.replace('https', 'http'))
  t.match(await whyNot(jsonChannel('Webhook', plain).send(messageOf(NOTICE), never)), /./)
})
