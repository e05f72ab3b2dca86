import t from 'tap'
import type { CallDetails } from '#api'
import { callDetails, endedDetails, goodLink } from '../../../server/test/sample-calls.ts'
import { eventsOf, freezeWords, linkFigures, peopleOf, scoreWords } from './call-wording.ts'
import { type CallsClient, createCallsClient, recordPath } from './calls-client.ts'
import { CallPage, createCallList } from './calls-page.ts'

const facts = (value: CallDetails) => async () => ({ ok: true, value }) as const

/** Surroundings whose clock the test moves. */
function surroundings(answers: Partial<CallsClient>) {
  const unasked = async () => {
    throw new Error('this was not expected to be asked')
  }
  const planned: { delayMs: number; work: () => void }[] = []
  return {
    planned,
    deps: {
      client: {
        list: unasked,
        details: unasked,
        mute: unasked,
        remove: unasked,
        end: unasked,
        ...answers,
      },
      withLogin: <T>(work: (csrf: string) => T) => work('c1'),
      isVisible: () => true,
      after: (delayMs: number, work: () => void) => {
        planned.push({ delayMs, work })
        return () => void planned.splice(0)
      },
    },
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

t.test('asks each second while the call runs, and rarely when it is over', async (t) => {
  let details = facts(callDetails(1_000_000))
  const { deps, planned } = surroundings({ details: () => details() })
  const call = new CallPage(deps, 'stand-up')
  call.facts.open()
  await settle()
  t.equal(planned[0]?.delayMs, 1000)
  details = facts(endedDetails(1_001_000))
  planned[0]?.work()
  await settle()
  t.equal(planned[0]?.delayMs, 10_000)
  call.facts.close()
  t.same(planned, [])
})

t.test('keeps two minutes of each person’s loss, and forgets who has left', async (t) => {
  let atMs = 1_000_000
  const at = (loss: number): CallDetails => {
    const [anna, ben] = callDetails(atMs).participants
    if (!anna || !ben) throw new Error('the sample has two')
    return {
      ...callDetails(atMs),
      participants: [{ ...anna, up: { ...goodLink, lossPercent: loss }, down: goodLink }, ben],
    }
  }
  let present = at(5)
  const { deps, planned } = surroundings({ details: async () => ({ ok: true, value: present }) })
  const call = new CallPage(deps, 'stand-up')
  call.facts.open()
  await settle()
  for (let second = 1; second <= 150; second++) {
    atMs += 1000
    present = at(0)
    planned[0]?.work()
    await settle()
  }
  const trend = call.trendOf({ sid: 'PA_anna' })
  t.equal(trend.length, 120)
  t.same(trend.at(-1), { atMs, lossPercent: 0.1 }, 'the worse of the two ways')
  present = { ...present, atMs: atMs + 1000, participants: [] }
  planned[0]?.work()
  await settle()
  t.same(call.trendOf({ sid: 'PA_anna' }), [])
})

t.test('what is gone already counts as done, other refusals are told', async (t) => {
  const refusal = (code: string) => async () => ({ ok: false, code, message: 'No.' }) as const
  const { deps } = surroundings({
    details: facts(callDetails(1)),
    mute: refusal('TRACK_ENDED'),
    remove: refusal('PERSON_GONE'),
    end: refusal('ROLE_NEEDED'),
  })
  const call = new CallPage(deps, 'stand-up')
  t.equal(await call.mute('TR_1'), undefined)
  t.equal(await call.remove('ben'), undefined)
  t.equal(await call.end(), 'No.')
})

t.test('speaks to the API with names of any kind', async (t) => {
  const sent: unknown[] = []
  const client = createCallsClient(async (path, init) => {
    sent.push([path, init?.body, new Headers(init?.headers).get('x-csrf-token')])
    return new Response('{}')
  })
  const { deps } = surroundings({ list: client.list })
  createCallList(deps).open()
  await client.details('a/b')
  await client.mute('c1', 'a b', 'TR_1')
  await client.remove('c1', 'x', 'ben')
  await client.end('c1', 'x')
  t.same(sent, [
    ['/api/admin/calls', undefined, null],
    ['/api/admin/calls/a%2Fb', undefined, null],
    ['/api/admin/calls/a%20b/mute', '{"trackSid":"TR_1"}', 'c1'],
    ['/api/admin/calls/x/remove', '{"identity":"ben"}', 'c1'],
    ['/api/admin/calls/x/end', '{}', 'c1'],
  ])
  t.equal(recordPath('a/b'), '/api/admin/calls/a%2Fb/record')
})

t.test('marks what is heard or seen, and nothing that is not measured', async (t) => {
  const { loss, rtt, jitter } = linkFigures({
    ...goodLink,
    lossPercent: 3,
    rttMs: 299,
    jitterMs: undefined,
  })
  t.same(loss, { text: '3.0 %', isHigh: true })
  t.same(rtt, { text: '299 ms', isHigh: false })
  t.same(jitter, { text: '–', isHigh: false })
  t.same(scoreWords(undefined), { text: '–', isHigh: false })
  t.match(scoreWords(4), { isHigh: true })
  t.equal(freezeWords({ freezes: 1, frozenSeconds: 3.2 }), '1 time, 3 s')
  t.equal(freezeWords({ freezes: 0, frozenSeconds: 0 }), '')
})

t.test('shows the events of all or of one, the latest first', async (t) => {
  const details = callDetails(1_000_000)
  t.same(
    peopleOf(details).map(({ name }) => name),
    ['Anna Archer', 'Ben Baxter', 'carol'],
  )
  t.equal(eventsOf(details.events, '').length, 6)
  t.same(
    eventsOf(details.events, 'ben').map(({ type }) => type),
    ['loss', 'path', 'joined'],
  )
})
