import t from 'tap'
import { inviteTo, startHarness } from '../test/harness.ts'

t.test('gives everybody who has an invite a person of their own', async (t) => {
  const harness = await startHarness(t)
  const body = { name: 'Anna', invite: inviteTo('garden') }
  const first = await harness.post('/api/call/garden/token', body)
  const second = await harness.post('/api/call/garden/token', body)
  t.equal(first.status, 200)
  t.equal(second.status, 200)
  t.not(first.json.token, second.json.token, 'two tabs with one link are two people')
})

t.test('refuses an invite to another room, and no invite at all, in plain words', async (t) => {
  const harness = await startHarness(t)
  for (const invite of [inviteTo('cellar'), undefined]) {
    const answer = await harness.post('/api/call/garden/token', { name: 'Anna', invite })
    t.equal(answer.status, 403)
    t.match(answer.json.error, { code: 'JOIN_LINK_NEEDED', message: /join link/ })
  }
})
