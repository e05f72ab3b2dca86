import t from 'tap'
import type { CertificateDetails } from '#api'
import {
  issued,
  orderFailed,
  ordering,
  selfSigned,
} from '../../../server/test/sample-certificate.ts'
import { type CertificateClient, createCertificateClient } from './certificate-client.ts'
import { CertificatePage } from './certificate-page.ts'
import { lifeWords, orderWords, reachWords, sizeFault } from './certificate-wording.ts'

const AWAY = { ok: false, code: 'UNREACHABLE', message: 'away' } as const
const facts = (value: CertificateDetails) => async () => ({ ok: true, value }) as const

/** A page whose clock the test moves. */
function pageWith(answers: Partial<CertificateClient>) {
  const unasked = async () => {
    throw new Error('this was not expected to be asked')
  }
  const planned: { delayMs: number; work: () => void }[] = []
  const state = { isVisible: true }
  const client = {
    details: unasked,
    upload: unasked,
    order: unasked,
    orderNow: unasked,
    goBack: unasked,
  }
  const page = new CertificatePage({
    client: { ...client, ...answers },
    withLogin: (work) => work('c1'),
    isVisible: () => state.isVisible,
    after: (delayMs, work) => {
      planned.push({ delayMs, work })
      return () => planned.splice(0)
    },
  })
  return { page, planned, state }
}

/** Lets what was promised happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

t.test('watches an order closely, and everything else in passing', async (t) => {
  let details = facts(ordering(1))
  const { page, planned, state } = pageWith({ details: () => details() })
  page.open()
  await settle()
  t.equal(planned[0]?.delayMs, 500)
  details = facts(issued(2))
  planned[0]?.work()
  await settle()
  t.equal(planned.length, 1)
  t.equal(planned[0]?.delayMs, 3000)
  state.isVisible = false
  details = async () => {
    throw new Error('nobody looks')
  }
  planned[0]?.work()
  await settle()
  t.equal(planned.length, 1, 'it is looked at again')
  page.close()
  t.same(planned, [])
})

t.test('says that the server is away, and that it is back', async (t) => {
  let details: CertificateClient['details'] = async () => AWAY
  const { page, planned } = pageWith({ details: () => details() })
  page.open()
  await settle()
  t.equal(page.problem.value, 'away')
  details = facts(selfSigned(1))
  planned[0]?.work()
  await settle()
  t.equal(page.problem.value, undefined)
})

t.test('shows what a change came to, and not what was asked for before it', async (t) => {
  const late = Promise.withResolvers<Awaited<ReturnType<CertificateClient['details']>>>()
  const { page } = pageWith({ details: () => late.promise, goBack: facts(selfSigned(7)) })
  page.open()
  t.equal(await page.goBack(), undefined)
  late.resolve({ ok: true, value: issued(6) })
  await settle()
  t.equal(page.details.value?.atMs, 7)
  const refusal = { ok: false, code: 'CERTIFICATE_REFUSED', message: 'No.' } as const
  const refusing = pageWith({ upload: async () => refusal })
  t.equal(await refusing.page.upload({ cert: '', key: '' }), 'No.')
})

t.test('speaks to the API with what the log-in gave', async (t) => {
  const sent: unknown[] = []
  const client = createCertificateClient(async (path, init) => {
    sent.push([path, init?.method, new Headers(init?.headers).get('x-csrf-token')])
    return new Response('{}')
  })
  await client.details()
  await client.upload('c1', { cert: 'a', key: 'b' })
  await client.orderNow('c1')
  await client.goBack('c1')
  t.same(sent, [
    ['/api/admin/certificate', undefined, null],
    ['/api/admin/certificate/upload', 'POST', 'c1'],
    ['/api/admin/certificate/order/now', 'POST', 'c1'],
    ['/api/admin/certificate/self-signed', 'POST', 'c1'],
  ])
})

t.test('says in words how things stand', async (t) => {
  const life = (daysLeft: number, days = 90) => {
    const validUntilMs = (daysLeft + 0.5) * 86_400_000
    return lifeWords({ daysLeft, validFromMs: validUntilMs - days * 86_400_000, validUntilMs }, 0)
  }
  t.same(life(89), { tone: 'ok', text: '89 days left' })
  t.same(life(13), { tone: 'warn', text: '13 days left' })
  t.same(life(0), { tone: 'warn', text: 'Less than a day left' })
  t.same(life(0, 1), { tone: 'ok', text: 'Less than a day left' }, 'of the one that it lives')
  t.same(life(-1), { tone: 'bad', text: 'Expired' })
  const words = (details: CertificateDetails) =>
    details.order && orderWords(details.order, details.served?.source)
  t.match(words(ordering(1)), /being ordered/)
  t.match(words(orderFailed(1)), /did not work. It is tried again at/)
  t.match(words(issued(1)), /is there. It is renewed at/)
  const { proposal, ...rest } = selfSigned(1)
  t.match(reachWords({ ...rest, proposal }), /on port 80 or on port 443\.$/)
  const mapped = { ...proposal, answersHttp: false, httpsPort: 8444 }
  t.match(reachWords({ ...rest, proposal: mapped }), /port 443 \(led to port 8444.*http_redirect/)
  t.equal(sizeFault('x'.repeat(48_000), 'file'), undefined)
  t.match(sizeFault('x'.repeat(48_001), 'file'), /48 kB/)
})
