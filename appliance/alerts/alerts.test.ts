import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createAlertStore } from './alert-state.ts'
import { Alerts } from './alerts.ts'
import { type Channel, ChannelFault } from './channels/channel.ts'
import { configuredChannels } from './channels/configured.ts'
import type { AlertMessage } from './message.ts'
import { alertRules } from './rules.ts'
import { SurroundingsWatch } from './surroundings-watch.ts'
import { LEVELS, quiet, START_MS } from './test/alert-scene.ts'

/** A channel in the test's hand: it keeps what it takes, and refuses while there is a fault. */
class ScriptedChannel implements Channel {
  readonly name = 'Mattermost'
  readonly kind = 'mattermost'
  readonly target = 'chat.example.org'
  readonly taken: AlertMessage[] = []
  fault: Error | undefined
  async send(message: AlertMessage) {
    if (this.fault) throw this.fault
    this.taken.push(message)
    return 'taken (200)'
  }
}

/** Alerts in a folder of their own, whose clock and timers the test moves. */
class Scene {
  readonly channel = new ScriptedChannel()
  readonly logged: string[] = []
  readonly folder: string
  nowMs = START_MS
  daysLeft = 60
  alerts: Alerts
  #planned: { atMs: number; work: () => void }[] = []

  constructor(folder: string) {
    this.folder = folder
    this.alerts = this.start()
  }

  /** Another process on the same data. */
  start(): Alerts {
    this.#planned = []
    const note = (facts: object, message: string) =>
      void this.logged.push(`${message} ${JSON.stringify(facts)}`)
    this.alerts = new Alerts({
      rules: alertRules(LEVELS),
      channels: [this.channel],
      store: createAlertStore(this.folder),
      surroundings: () => ({ isClockSynchronized: true, foundAddress: undefined }),
      publicOrigin: 'https://calls.example.org:8444',
      log: { info: note, warn: note },
      now: () => this.nowMs,
      after: (delayMs, work) => {
        const one = { atMs: this.nowMs + delayMs, work }
        this.#planned.push(one)
        return () => this.#planned.splice(this.#planned.indexOf(one), 1)
      },
    })
    this.alerts.load()
    return this.alerts
  }

  /** Lets seconds pass, and what was planned for them happen. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.nowMs += 1000
      this.alerts.refresh({
        ...quiet(this.nowMs),
        certificateDaysLeft: this.daysLeft,
        ...this.more,
      })
      const due = this.#planned.filter(({ atMs }) => atMs <= this.nowMs)
      this.#planned = this.#planned.filter(({ atMs }) => atMs > this.nowMs)
      for (const { work } of due) work()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  more: Partial<ReturnType<typeof quiet>> = {}

  /** What people were told. */
  told(): string[] {
    return this.channel.taken.flatMap(({ notices }) =>
      notices.map(({ id, change }) => `${id} ${change}`),
    )
  }

  rule(id: string) {
    return this.alerts.details().rules.find((rule) => rule.id === id)
  }
}

async function openScene(t: Test): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-alerts-'))
  const scene = new Scene(folder)
  t.teardown(async () => {
    await scene.alerts.close()
    await rm(folder, { recursive: true })
  })
  return scene
}

const DOWN = { services: [{ name: 'web', ok: false, detail: 'gone' }] }

t.test(
  'tells once what fires, once that it is over, and together what comes together',
  async (t) => {
    const scene = await openScene(t)
    await scene.pass(30)
    t.same(scene.told(), [])
    scene.daysLeft = 3
    scene.more = { kernel: { ...quiet(0).kernel, udpReceiveBufferErrors: 104 } }
    await scene.pass(5)
    t.same(scene.told(), [], 'what else changes within ten seconds goes along')
    await scene.pass(300)
    t.same(scene.told(), ['certificate firing', 'udp-errors firing'])
    t.equal(scene.channel.taken.length, 1, 'one message')
    t.match(scene.channel.taken[0], {
      server: 'calls.example.org',
      url: 'https://calls.example.org:8444/admin/alerts',
    })
    t.same(
      scene.alerts.firing().map(({ id }) => id),
      ['certificate', 'udp-errors'],
    )
    scene.daysLeft = 60
    await scene.pass(20)
    t.same(scene.told().slice(2), ['certificate resolved'])
    t.match(scene.alerts.details().events, [
      { id: 'certificate', change: 'resolved', sentTo: ['Mattermost'], failed: [] },
      { id: 'udp-errors', change: 'firing', sentTo: ['Mattermost'] },
      { id: 'certificate', change: 'firing', value: '3 days left', sentTo: ['Mattermost'] },
    ])
  },
)

t.test('what comes and goes within moments is kept, and nobody is told', async (t) => {
  const scene = await openScene(t)
  scene.daysLeft = 3
  await scene.pass(2)
  scene.daysLeft = 60
  await scene.pass(30)
  t.same(scene.told(), [])
  t.equal(scene.alerts.details().events.length, 2)
})

t.test('nobody is told again after a restart, and a silence outlasts it', async (t) => {
  const scene = await openScene(t)
  scene.daysLeft = 3
  await scene.pass(20)
  const before = scene.rule('certificate')
  t.ok(scene.alerts.silence('worker', 60))
  await scene.alerts.close()
  const file = join(scene.folder, 'alerts.json')
  t.equal((await stat(file)).mode & 0o777, 0o600)
  scene.start()
  t.equal(scene.rule('certificate')?.state, 'firing')
  await scene.pass(60)
  t.same(scene.told(), ['certificate firing'])
  t.equal(scene.rule('certificate')?.sinceMs, before?.sinceMs)
  t.ok(scene.rule('worker')?.silencedUntilMs)
  t.equal(scene.alerts.details().events.length, 1)
  scene.daysLeft = 60
  await scene.pass(20)
  t.same(scene.told(), ['certificate firing', 'certificate resolved'])
})

t.test('one that fired while nobody could be told is told after the restart', async (t) => {
  const scene = await openScene(t)
  scene.daysLeft = 3
  await scene.pass(2)
  await scene.alerts.close()
  scene.start()
  await scene.pass(20)
  t.same(scene.told(), ['certificate firing'])
})

t.test('says nothing of a silenced alert, and speaks when the silence is over', async (t) => {
  const scene = await openScene(t)
  t.equal(scene.alerts.silence('no such', 5), false)
  t.ok(scene.alerts.silence('service', 2))
  scene.more = DOWN
  await scene.pass(60)
  t.equal(scene.rule('service')?.state, 'firing')
  t.same(scene.alerts.firing(), [], 'nor does the line on top')
  t.ok(scene.alerts.fires('service'))
  t.same(scene.told(), [])
  await scene.pass(80)
  t.same(scene.told(), ['service firing'])
  scene.alerts.silence('service', 60)
  scene.more = {}
  await scene.pass(60)
  t.same(scene.told(), ['service firing'], 'that it is over neither')
  scene.alerts.silence('service', 0)
  await scene.pass(30)
  t.same(scene.told(), ['service firing'])
})

t.test('tries again while a channel cannot, and then gives up', async (t) => {
  const scene = await openScene(t)
  scene.channel.fault = new ChannelFault('it answered 503', false)
  scene.daysLeft = 3
  await scene.pass(13)
  t.match(scene.alerts.details().channels, [
    {
      name: 'Mattermost',
      target: 'chat.example.org',
      last: { ok: false, detail: 'it answered 503' },
    },
  ])
  scene.channel.fault = undefined
  await scene.pass(10)
  t.same(scene.told(), ['certificate firing'])
  scene.channel.fault = new ChannelFault('it answered 503', false)
  scene.daysLeft = 60
  await scene.pass(800)
  t.match(scene.alerts.details().events[0], {
    sentTo: [],
    failed: [{ channel: 'Mattermost', reason: 'it answered 503' }],
  })
  t.equal(scene.logged.filter((line) => line.includes('503')).length, 6, 'once and five times')
})

t.test('does not try again what is refused for good, nor shows what an error says', async (t) => {
  const scene = await openScene(t)
  scene.channel.fault = new ChannelFault('there is no such webhook (404)', true)
  scene.daysLeft = 3
  await scene.pass(13)
  t.match(scene.alerts.details().events[0]?.failed, [{ reason: /404/ }])
  scene.channel.fault = new Error('POST https://chat.example.org/hooks/the-secret')
  t.same(await scene.alerts.test(), [
    { channel: 'Mattermost', ok: false, detail: 'it could not be sent' },
  ])
  t.notMatch(JSON.stringify([scene.logged, scene.alerts.details()]), /the-secret/)
  scene.channel.fault = undefined
  t.same(await scene.alerts.test(), [{ channel: 'Mattermost', ok: true, detail: 'taken (200)' }])
  t.equal(scene.channel.taken.at(-1)?.kind, 'test')
})

t.test('keeps no more than it should, and begins anew on a damaged file', async (t) => {
  const scene = await openScene(t)
  for (let round = 0; round < 120; round++) {
    scene.daysLeft = round % 2 === 0 ? 3 : 60
    await scene.pass(2)
  }
  for (let round = 0; round < 120; round++) {
    scene.daysLeft = round % 2 === 0 ? 3 : 60
    await scene.pass(1)
  }
  t.equal(scene.alerts.details().events.length, 200)
  await scene.alerts.close()
  const file = join(scene.folder, 'alerts.json')
  t.ok((await readFile(file)).length < 64_000)
  await writeFile(file, '{"version":1,"firing":7}')
  scene.start()
  t.same(scene.alerts.details().events, [])
  t.match(scene.logged.join('\n'), /alerts begin anew/)
})

t.test('names the channels of a configuration, by their hosts only', async (t) => {
  const smtp = {
    host: 'mail.example.org',
    port: 587,
    tls: 'starttls',
    user: '',
    password: '',
  } as const
  const channels = configuredChannels({
    mattermost_webhooks: ['https://chat.example.org/hooks/the-secret'],
    webhooks: ['http://10.0.0.5:9000/the-secret', 'http://10.0.0.6/'],
    smtp: { ...smtp, from: 'a@b.cc', to: ['a@b.cc'] },
    cpu_percent: 1,
    loss_percent: 1,
    rtt_ms: 1,
    disk_percent: 1,
    certificate_days: 1,
  })
  t.same(
    channels.map(({ name, kind, target }) => [name, kind, target]),
    [
      ['Mattermost', 'mattermost', 'chat.example.org'],
      ['Webhook 1', 'json', '10.0.0.5:9000'],
      ['Webhook 2', 'json', '10.0.0.6'],
      ['E-mail', 'smtp', 'mail.example.org'],
    ],
  )
})

t.test('another public address counts when it is found twice', async (t) => {
  let found: string | undefined = '192.0.2.1'
  const watch = new SurroundingsWatch({
    clock: async () => false,
    address: async () => found,
    announced: '192.0.2.1',
    onError: (err) => t.fail(String(err)),
  })
  t.same(watch.latest(), { isClockSynchronized: undefined, foundAddress: undefined })
  await watch.look()
  t.same(watch.latest(), { isClockSynchronized: false, foundAddress: '192.0.2.1' })
  found = '192.0.2.9'
  await watch.look()
  t.equal(watch.latest().foundAddress, '192.0.2.1')
  found = undefined
  await watch.look()
  found = '192.0.2.9'
  await watch.look()
  t.equal(watch.latest().foundAddress, '192.0.2.9')
  found = '192.0.2.1'
  await watch.look()
  t.equal(watch.latest().foundAddress, '192.0.2.1')
})
