import t from 'tap'
import type { Capacity } from '#api'
import { quietStatus } from '../../../server/test/sample-status.ts'
import { admissionWords, limitWords, moreWords } from './capacity-wording.ts'
import { judgeCertificate, judgeDisk, judgeKernel } from './judgement.ts'

const { kernel, capacity } = quietStatus(0)

t.test('judges what the kernel lost by how much there was', async (t) => {
  const of = (changes: Partial<typeof kernel>, id: string) => {
    const found = judgeKernel({ ...kernel, ...changes }).find((each) => each.id === id)
    return [found?.value, found?.tone, found?.word]
  }
  t.same(of({}, 'receive-errors'), ['0', 'ok', 'None'])
  t.same(of({ udpReceiveBufferErrors: 17 }, 'receive-errors'), ['17', 'warn', 'A few'])
  const many = of({ udpReceiveBufferErrors: 200_000 }, 'receive-errors')
  t.same(many, ['200\u202f000', 'bad', '14 % lost'])
  const drops = [{ port: 8443, drops: 4, queuedBytes: 0 }]
  t.same(of({ socketDrops: drops }, 'socket-drops'), ['4', 'warn', 'A few'])
  t.match(judgeKernel({ ...kernel, socketDrops: drops })[2]?.title, /port 8443: 4 dropped/)
  t.same(of({ conntrack: undefined }, 'conntrack'), ['–', undefined, 'Not counted'])
  t.same(of({ conntrack: { count: 85, max: 100 } }, 'conntrack'), [
    '85 of 100',
    'warn',
    'Nearly full',
  ])
  t.same(of({ files: { open: 99, max: 100 } }, 'files'), ['99 of 100', 'bad', 'Full'])
})

t.test('judges the certificate by its days and the disk by its room', async (t) => {
  const certificate = (certificateDaysLeft: number | undefined) =>
    judgeCertificate({ certificateDaysLeft })
  t.match(certificate(61), { value: '61 days left', tone: 'ok' })
  t.match(certificate(1), { value: '1 day left', tone: 'warn', word: 'Ends soon' })
  t.match(certificate(-1), { tone: 'bad', word: 'Renew it now' })
  t.match(certificate(undefined), { value: '–', tone: undefined, title: /There is none/ })
  const disk = (freeBytes: number) => judgeDisk({ disk: { totalBytes: 100e9, freeBytes } })
  t.match(disk(70e9), { value: '70.0 GB free of 100 GB', tone: 'ok' })
  t.match(disk(10e9), { tone: 'warn', word: 'Nearly full' })
  t.match(disk(1e9), { tone: 'bad', word: 'Full' })
  t.match(judgeDisk({ disk: undefined }), { value: '–', title: /does not say/ })
})

t.test('says how many more people fit, what ends first and who is refused', async (t) => {
  t.equal(moreWords(undefined), '–')
  t.equal(moreWords(1640), '+1\u202f640')
  t.equal(limitWords(capacity), 'The busiest media worker runs out first.')
  const refusing: Capacity = { ...capacity, admission: 'no-video', reason: 'The box is full.' }
  t.match(admissionWords(refusing), { tone: 'warn', text: 'The box is full.' })
  t.match(admissionWords({ ...refusing, admission: 'nobody' }), { tone: 'bad' })
  t.match(admissionWords(capacity), { tone: 'ok', text: '' })
})
