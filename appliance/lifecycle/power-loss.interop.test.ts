import { createHash } from 'node:crypto'
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { isThere } from './files.ts'
import type { Start } from './test/fake-host.ts'
import { createInstalledHost, NEW, OLD, packRelease } from './test/releases.ts'
import { update } from './update.ts'
import { pendingFile, readHistory, readPending, writePending } from './update-state.ts'
import { watchUpdate } from './watch-update.ts'

t.setTimeout(120_000)

const NEVER = Number.POSITIVE_INFINITY
const limitMs = 30_000
const bundle = packRelease(NEW)
const sha256 = createHash('sha256').update(bundle).digest('hex')

/** The power goes at a step: nothing after it is done. */
class PowerLoss extends Error {}

/** Where the power goes: at the step of a number, counted from 0, or at the one whose text begins so. */
type Until = number | string

function powerUntil(until: Until) {
  let taken = 0
  return (text: string) => {
    if (taken === until || (typeof until === 'string' && text.startsWith(until)))
      throw new PowerLoss()
    taken += 1
  }
}

/** The link is set, and the service still runs the earlier release. */
const SWITCHED = 'Restarting'

/** A host on which an update is done until the power goes. */
async function createHost(t: Test, start: (current: string) => Start) {
  const made = await createInstalledHost(t)
  const { host, places, service } = made
  const file = join(host.root, 'bundle.tar.zst')
  await writeFile(file, bundle)
  const current = async () => (await readlink(places.current)).slice('releases/'.length)
  service.comesTo = async () => start(await current())()
  const survives = (error: unknown) => {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
  return {
    ...made,
    current,
    /** Updates until the given step; answers whether the power went. */
    async updateUntil(until: Until): Promise<boolean> {
      const options = { step: powerUntil(until), limitMs, sha256, allowDowngrade: false }
      return lost(update(host, file, options))
    },
    async watchUntil(until: Until): Promise<boolean> {
      return lost(watchUpdate(host, { step: powerUntil(until), limitMs }).catch(survives))
    },
    /** What systemd does at boot: the service first, then the watch, if an update is pending. */
    async boot(): Promise<void> {
      service.runs = await current()
      await service.restart()
    },
  }
}

async function lost(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return false
  } catch (error) {
    if (error instanceof PowerLoss) return true
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

const releases: Readonly<Record<string, (current: string) => Start>> = {
  good: () => async () => 'ready',
  silent: (current) => async () => (current === NEW ? 'silent' : 'ready'),
  hanging: (current) => async () => (current === NEW ? 'hangs' : 'ready'),
  'crash-looping': (current) => async () => (current === NEW ? 'fails' : 'ready'),
}

for (const [what, start] of Object.entries(releases)) {
  const expected = what === 'good' ? NEW : OLD
  t.test(`power loss at each step of an update to a ${what} release ends well`, async (t) => {
    let went = true
    let steps = 0
    for (; went; steps += 1) {
      const made = await createHost(t, start)
      went = await made.updateUntil(steps)
      const pending = await readPending(made.places)
      await made.boot()
      if (pending !== undefined) await made.watchUntil(NEVER)
      await endsWell(t, made, `step ${steps}`)
      if (!went) t.equal(await made.current(), expected)
    }
    t.ok(steps >= 9, `${steps} steps`)
  })

  t.test(`power loss at each step of going on with a ${what} release ends well`, async (t) => {
    let went = true
    for (let steps = 0; went; steps += 1) {
      const made = await createHost(t, start)
      t.ok(await made.updateUntil(SWITCHED))
      t.equal(await made.current(), NEW)
      await made.boot()
      went = await made.watchUntil(steps)
      await made.boot()
      if ((await readPending(made.places)) !== undefined) await made.watchUntil(NEVER)
      await endsWell(t, made, `step ${steps}`)
      t.equal(await made.current(), expected)
    }
  })
}

type Made = Awaited<ReturnType<typeof createHost>>

/** The appliance is ready on one of the two releases, and nothing is pending. */
async function endsWell(t: Test, made: Made, where: string): Promise<void> {
  t.match(await made.service.readiness(), { services: [{ ok: true }] }, `ready, ${where}`)
  t.ok([OLD, NEW].includes(await made.current()), where)
  t.notOk(await isThere(pendingFile(made.places)), `nothing pending, ${where}`)
  t.ok((await readdir(made.places.releases)).includes(await made.current()), where)
  t.equal(await readFile(join(made.places.dataDir, 'data.json'), 'utf8'), 'of before')
}

t.test('a release that goes down with the host each time is not tried for ever', async (t) => {
  const made = await createHost(t, () => async () => 'ready')
  t.ok(await made.updateUntil(SWITCHED))
  for (let boots = 0; boots < 3; boots += 1) {
    await made.boot()
    t.equal(await made.watchUntil(1), true, 'the power goes again')
    t.equal(await made.current(), NEW)
  }
  await made.boot()
  await made.watchUntil(NEVER)
  t.equal(await made.current(), OLD)
  t.match(await readHistory(made.places), [
    { outcome: 'rolledBack', reason: /went down each time/ },
  ])
})

t.test('the restart that was missed is made up for', async (t) => {
  const made = await createHost(t, () => async () => 'ready')
  t.ok(await made.updateUntil(SWITCHED))
  made.service.runs = OLD
  made.service.calls.length = 0
  await made.watchUntil(NEVER)
  t.same(made.service.calls, ['restart'])
  t.equal(await made.current(), NEW)
})

t.test('leaves it alone when somebody else switched', async (t) => {
  const made = await createHost(t, () => async () => 'ready')
  t.ok(await made.updateUntil(SWITCHED))
  const pending = await readPending(made.places)
  t.ok(pending)
  if (pending === undefined) return
  await writePending(made.places, { ...pending, from: '0.1.0-00000001', to: '0.2.0-00000002' })
  await made.watchUntil(NEVER)
  t.match(await readHistory(made.places), [
    { outcome: 'stopped', reason: `somebody switched to ${NEW}` },
  ])
})

t.test('a going back that was cut short is gone on with, also without a boot', async (t) => {
  const made = await createHost(t, (current) => async () => (current === NEW ? 'silent' : 'ready'))
  t.ok(await made.updateUntil('Going back to'))
  t.equal(await made.current(), OLD)
  t.equal(await made.service.readiness(), undefined, 'what runs is the silent release')
  await made.watchUntil(NEVER)
  await endsWell(t, made, 'after the watch')
  t.match(await readHistory(made.places), [{ outcome: 'rolledBack', reason: /did not answer/ }])
})
