import { ConnectionError, DisconnectReason } from 'livekit-client'
import t from 'tap'
import { insecureProblem, microphoneProblem, screenShareMessage } from './device-problems.ts'
import type { Problem } from './model.ts'
import {
  accessProblem,
  connectProblem,
  disconnectProblem,
  screenRefusedProblem,
} from './problems.ts'

const unreached = { serverReached: false, mediaPorts: undefined, relayForced: false }
const reached = { serverReached: true, mediaPorts: 'UDP and TCP port 8443', relayForced: false }

t.test('every way a call can end has words and something to do', async (t) => {
  const reasons = Object.values(DisconnectReason).filter((value) => typeof value === 'number')
  const problems: readonly Problem[] = [undefined, ...reasons].map(disconnectProblem)
  for (const problem of problems) {
    t.ok(problem.title.length > 0 && problem.why.length > 0 && problem.advice.length > 0)
  }
})

t.test('tells another tab from a restart from a lost connection', async (t) => {
  t.equal(disconnectProblem(DisconnectReason.DUPLICATE_IDENTITY).code, 'joined-elsewhere')
  t.equal(disconnectProblem(DisconnectReason.SERVER_SHUTDOWN).code, 'server-restart')
  t.equal(disconnectProblem(undefined).code, 'connection-lost')
})

t.test(
  'says that the network blocks media, with the port, when the server was reached',
  async (t) => {
    const error = ConnectionError.internal('could not establish pc connection')
    const problem = connectProblem(error, reached)
    t.equal(problem.code, 'media-blocked')
    t.match(problem.why, 'Your network blocks UDP and TCP port 8443')
    t.equal(connectProblem(new Error('negotiation timed out'), reached).code, 'media-blocked')
    t.equal(connectProblem(error, { ...reached, relayForced: true }).code, 'relay-blocked')
  },
)

t.test('says that the server does not answer when it was not reached', async (t) => {
  for (const error of [
    ConnectionError.serverUnreachable('x'),
    ConnectionError.timeout('x'),
    ConnectionError.websocket('x'),
  ]) {
    t.equal(connectProblem(error, unreached).code, 'server-unreachable')
  }
})

t.test('shows the words of a server that is at its limit', async (t) => {
  const said = 'This server is at its limit: nobody else is let in. Try again in a few minutes.'
  const error = ConnectionError.notAllowed(said, 403)
  t.match(connectProblem(error, unreached), { code: 'server-limit', why: said, retry: true })
  t.match(screenRefusedProblem(said), { code: 'screen-refused', why: said })
})

t.test('names an error it does not know, for support', async (t) => {
  const problem = connectProblem(new RangeError('odd'), unreached)
  t.equal(problem.code, 'unexpected')
  t.ok(problem.advice.includes('RangeError: odd'))
})

t.test('tells an expired link from a broken one, without words meant for programs', async (t) => {
  const prefix = 'could not establish signal connection: invalid authorization token: '
  const expired = connectProblem(
    ConnectionError.notAllowed(`${prefix}"exp" claim timestamp check failed`, 401),
    unreached,
  )
  t.equal(expired.title, 'This join link has expired')
  t.equal(expired.retry, false)
  t.notMatch(expired.why, 'claim')
  const broken = accessProblem(401, `${prefix}not a JSON web token`)
  t.equal(broken.title, 'This join link is not valid')
  t.notMatch(broken.why, 'JSON')
})

t.test('passes on what the server says about a refusal', async (t) => {
  t.match(accessProblem(403, 'You need a join link.'), {
    code: 'not-allowed',
    why: 'You need a join link.',
  })
  t.match(accessProblem(403, 'the call is full: it has reached its maximum'), {
    code: 'call-full',
    title: 'The call is full',
    retry: true,
  })
  t.ok(accessProblem(403, undefined).advice.length > 0)
  t.equal(accessProblem(404, 'requested room does not exist').code, 'no-such-call')
  t.equal(accessProblem(503, undefined).retry, true)
  t.match(accessProblem(418, '').why, '418')
})

t.test('reads the reason out of a leave during joining', async (t) => {
  const error = ConnectionError.leaveRequest('x', DisconnectReason.SERVER_SHUTDOWN)
  t.equal(connectProblem(error, unreached).code, 'server-restart')
})

t.test('tells a refused microphone from a missing and a busy one', async (t) => {
  const codeOf = (name: string) => microphoneProblem(new DOMException('', name)).code
  t.equal(codeOf('NotAllowedError'), 'microphone-denied')
  t.equal(codeOf('NotFoundError'), 'microphone-missing')
  t.equal(codeOf('NotReadableError'), 'microphone-busy')
  t.equal(microphoneProblem(undefined).code, 'microphone-failed')
  t.match(insecureProblem().advice[0], 'https://')
})

t.test('keeps quiet when someone closes the chooser of screens', async (t) => {
  const told = (name: string, message = '') => screenShareMessage(new DOMException(message, name))
  t.equal(told('NotAllowedError', 'Permission denied'), undefined)
  t.equal(told('AbortError'), undefined)
  t.match(told('NotAllowedError', 'Permission denied by system'), 'system settings')
  t.match(told('NotReadableError'), 'cannot be captured')
  t.match(screenShareMessage(new TypeError('x')), 'cannot share')
  t.match(told('UnknownError', 'boom'), 'boom')
})
