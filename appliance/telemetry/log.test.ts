import { PassThrough } from 'node:stream'
import t from 'tap'
import { createLog, formatLine, setLogLevel } from './log.ts'

function capture(level: 'debug' | 'info', isTTY = false) {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY })
  return { log: createLog({ level, stream }), text: () => String(stream.read() ?? '') }
}

t.test('writes JSON lines with level, time and service', async (t) => {
  const { log, text } = capture('info')
  log.child({ service: 'turn' }).warn({ allocations: 3, bytes: 10n }, 'busy')
  t.match(JSON.parse(text()), {
    level: 'warn',
    time: /^\d{4}-\d\d-\d\dT/,
    service: 'turn',
    allocations: 3,
    bytes: '10',
    msg: 'busy',
  })
  log.debug('too small')
  t.equal(text(), '')
})

t.test('never writes secrets or tokens, wherever they stand', async (t) => {
  const { log, text } = capture('debug')
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'
  log.debug({ password: 'hush1', deep: { turnSecret: 'hush2', list: [{ token: 'hush3' }] } }, 'a')
  log.error({ url: `/rtc?token=hush4&x=1`, auth: `Bearer ${jwt}` }, `/call?access_token=hush5`)
  log.error(new Error(`bad token ${jwt}`))
  const written = text()
  t.notMatch(written, /hush|c2lnbmF0dXJl/)
  t.match(written, 'token=[redacted]&x=1')
  t.match(written, '"message":"bad token [redacted]"')
})

t.test('writes addresses of clients at debug only', async (t) => {
  const { log, text } = capture('debug')
  log.info({ client: { ip: '192.0.2.7' }, remoteIp: '192.0.2.8', listen: '0.0.0.0:1' }, 'joined')
  const info = text()
  t.notMatch(info, '192.0.2')
  t.match(info, '0.0.0.0:1')
  log.info({ listening: [{ ip: '192.0.2.9' }] }, 'own addresses are no secret')
  t.match(text(), '192.0.2.9')
  log.debug({ remoteIp: '192.0.2.8' }, 'joined')
  t.match(text(), '192.0.2.8')
})

t.test('writes plain lines to a terminal, with the stack of an error', async (t) => {
  const { log, text } = capture('info', true)
  log.info({ port: 1 }, 'listening')
  t.match(text(), /^\d\d:\d\d:\d\d .*info.* listening port=1\n$/)
  log.error({ err: new Error('broken') }, 'failed')
  t.match(text(), /failed err=\nError: broken\n {4}at /)
  t.match(formatLine('{"level":"odd","time":"2026-01-01T10:00:00.000Z"}'), /^10:00:00 .*odd/)
})

t.test('logs more or less from one moment on, its children too', async (t) => {
  const { log, text } = capture('info')
  const child = log.child({ part: 'turn' })
  const said = () => {
    child.debug('d')
    log.info('i')
    const lines = text().trim().split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line).msg)
  }
  t.same(said(), ['i'])
  setLogLevel(log, 'debug')
  t.equal(child.isLevelEnabled('debug'), true)
  t.same(said(), ['d', 'i'])
  setLogLevel(log, 'warn')
  t.equal(child.isLevelEnabled('debug'), false)
  t.same(said(), [])
})
