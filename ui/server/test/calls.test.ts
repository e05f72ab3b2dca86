import t from 'tap'
import type { CallDetails } from '#api'
import type { CallsAdmin } from '../deps.ts'
import { startHarness, storeWithPassword } from './harness.ts'

const details: CallDetails = {
  name: 'the garden',
  sid: 'RM_1',
  atMs: 3,
  startedAtMs: 1,
  endedAtMs: undefined,
  participants: [],
  events: [{ atMs: 2, type: 'joined', who: { identity: 'anna', name: 'Anna' }, text: 'Joined.' }],
  findings: [],
}

async function startWithCalls(t: import('tap').Test) {
  const asked: string[] = []
  const there = (name: string) => name === details.name
  const act = (what: string) => async (name: string, of: string) => {
    asked.push(`${what} ${of} in ${name}`)
    return of === 'there'
  }
  const calls: CallsAdmin = {
    list: () => ({ atMs: 3, running: [], ended: [], findings: [] }),
    details: (name) => (there(name) ? details : undefined),
    record: (name) => (there(name) ? { sid: 'RM_1', record: { events: [] } } : undefined),
    mute: act('mute'),
    remove: act('remove'),
    end: async (name) => {
      asked.push(`end ${name}`)
      return there(name)
    },
  }
  const harness = await startHarness(t, { adminStore: storeWithPassword(), calls })
  const { cookie, csrf } = await harness.logIn()
  const headers = { cookie, origin: harness.origin, 'x-csrf-token': csrf }
  return {
    ...harness,
    asked,
    cookie,
    get: (path: string) => harness.send('GET', path, { headers: { cookie } }),
    act: (path: string, body: object = {}) => harness.post(path, body, headers),
  }
}

const CALL = '/api/admin/calls/the%20garden'

t.test('only a logged-in page of ours sees or reaches into calls', async (t) => {
  const { send, post, cookie, asked } = await startWithCalls(t)
  for (const path of ['/api/admin/calls', CALL, `${CALL}/record`]) {
    t.equal((await send('GET', path)).status, 401, path)
  }
  for (const action of ['mute', 'remove', 'end']) {
    const body = { trackSid: 'there', identity: 'there' }
    t.equal((await post(`${CALL}/${action}`, body)).status, 401, action)
    t.equal((await post(`${CALL}/${action}`, body, { cookie })).status, 403, `${action}, no token`)
  }
  t.same(asked, [])
})

t.test('without calls there are no such addresses', async (t) => {
  const { send } = await startHarness(t)
  t.equal((await send('GET', '/api/admin/calls')).status, 404)
})

t.test('lists calls, tells of one, and says which there is not', async (t) => {
  const { get } = await startWithCalls(t)
  t.match((await get('/api/admin/calls')).json, { atMs: 3, running: [] })
  t.match((await get(CALL)).json, { name: 'the garden', events: [{ text: 'Joined.' }] })
  const unknown = await get('/api/admin/calls/attic')
  t.equal(unknown.status, 404)
  t.equal(unknown.json.error.code, 'CALL_UNKNOWN')
  t.equal((await get('/api/admin/calls/attic/record')).status, 404)
})

t.test('hands on a call as a file', async (t) => {
  const { get } = await startWithCalls(t)
  const { headers, json } = await get(`${CALL}/record`)
  t.equal(headers['content-disposition'], 'attachment; filename="callbox-call-RM_1.json"')
  t.same(json, { events: [] })
})

t.test('mutes, removes and ends, and logs that', async (t) => {
  const { act, asked, logged } = await startWithCalls(t)
  t.equal((await act(`${CALL}/mute`, { trackSid: 'there' })).json.name, 'the garden')
  const audited = (action: string, message: RegExp) =>
    t.match(logged.at(-1), { facts: { by: 'admin', action }, message })
  audited('call.track.muted', /muted the track there in the garden/)
  t.equal((await act(`${CALL}/remove`, { identity: 'there' })).status, 200)
  audited('call.participant.removed', /removed there from the garden/)
  t.equal((await act(`${CALL}/end`)).status, 200)
  audited('call.ended', /ended the call the garden/)
  t.same(asked, ['mute there in the garden', 'remove there in the garden', 'end the garden'])
})

t.test('says what is gone, and what was not sent', async (t) => {
  const { act, logged } = await startWithCalls(t)
  const before = logged.length
  for (const [path, body, status, code] of [
    [`${CALL}/mute`, { trackSid: 'gone' }, 404, 'TRACK_ENDED'],
    [`${CALL}/remove`, { identity: 'gone' }, 404, 'PERSON_GONE'],
    ['/api/admin/calls/attic/end', {}, 404, 'CALL_ENDED'],
    [`${CALL}/mute`, {}, 400, 'INPUT_INVALID'],
    [`${CALL}/remove`, { identity: 7 }, 400, 'INPUT_INVALID'],
    [`${CALL}/remove`, { identity: 'x'.repeat(300) }, 400, 'INPUT_INVALID'],
  ] as const) {
    const answer = await act(path, body)
    t.equal(answer.status, status, path)
    t.equal(answer.json.error.code, code)
  }
  t.equal(logged.length, before, 'nothing was done')
})
