import t from 'tap'
import { ApplianceError } from './errors.ts'
import { type Service, startServices, stopServices } from './service.ts'

function recorder() {
  const calls: string[] = []
  const service = (name: string, fails?: Error): Service => ({
    name,
    async start() {
      calls.push(`start ${name}`)
      if (fails !== undefined) throw fails
    },
    async stop() {
      calls.push(`stop ${name}`)
    },
    health: () => ({ ok: true, detail: '' }),
  })
  return { calls, service }
}

t.test('starts in order and stops in reverse', async (t) => {
  const { calls, service } = recorder()
  const services = [service('a'), service('b')]
  await startServices(services)
  t.same(await stopServices(services, AbortSignal.timeout(1000)), [])
  t.same(calls, ['start a', 'start b', 'stop b', 'stop a'])
})

t.test(
  'stops what has started when a later one refuses, and keeps the code and the fix',
  async (t) => {
    const { calls, service } = recorder()
    const refusal = Object.assign(new Error('port 8443/udp (rtc.udp_port) is in use'), {
      code: 'MEDIA_PORT_IN_USE',
      fix: 'set rtc.udp_port',
    })
    await t.rejects(startServices([service('a'), service('b', refusal), service('c')]), {
      name: 'ApplianceError',
      code: 'MEDIA_PORT_IN_USE',
      message: /rtc.udp_port/,
      fix: 'set rtc.udp_port',
    })
    t.same(calls, ['start a', 'start b', 'stop b', 'stop a'])
  },
)

t.test('does not dress a bug up as a refusal', async (t) => {
  const { service } = recorder()
  const bug = new TypeError('x is undefined')
  await t.rejects(startServices([service('a', bug)]), bug)
  t.notOk(bug instanceof ApplianceError)
})

t.test('stops the others when one fails to stop', async (t) => {
  const { calls, service } = recorder()
  const stuck: Service = { ...service('b'), stop: () => Promise.reject(new Error('stuck')) }
  const failures = await stopServices([service('a'), stuck], AbortSignal.timeout(1000))
  t.equal(failures.length, 1)
  t.same(calls, ['stop a'])
})
