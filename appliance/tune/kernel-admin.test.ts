import t, { type Test } from 'tap'
import { loadConfig } from '../config/load.ts'
import { createKernelAdmin } from './kernel-admin.ts'
import { ORIGINALS_FILE } from './originals.ts'
import { kernelSettings } from './settings.ts'
import { OUR_FILE } from './sysctl-files.ts'
import { createFakeMachine, DEBIAN_VALUES } from './test/fake-machine.ts'

const { config } = await loadConfig({ env: {}, defaultFile: '/nonexistent' })
const settings = kernelSettings({ ...config, rtc: { ...config.rtc, workers: 2 } })
const RMEM = 'net.core.rmem_max'

async function fake(t: Test, isRoot = true) {
  const made = await createFakeMachine(isRoot)
  t.teardown(made.remove)
  const admin = createKernelAdmin({ machine: made.machine, settings, cores: 1 })
  const setting = async (key: string) =>
    (await admin.details()).settings.find((each) => each.key === key)
  return { ...made, admin, setting }
}

t.test('shows what is and should be, applies it, reads it back, and takes it back', async (t) => {
  const { admin, setting, kernelHas, read } = await fake(t)
  t.match(await admin.details(), {
    mayApply: true,
    obstacle: undefined,
    isApplied: false,
    file: OUR_FILE,
    applyCommand: /^sudo .*callbox tune --apply$/,
    revertCommand: /^sudo .*callbox tune --revert$/,
  })
  t.match(await setting(RMEM), {
    present: '212992',
    wanted: 'at least 16777216',
    state: 'differs',
    reason: /receive buffer/,
  })
  t.match(await setting('fs.file-max'), { state: 'ok' }, 'more than enough is well')
  t.match(await setting('net.netfilter.nf_conntrack_max'), { present: undefined, state: 'ok' })
  t.match(await admin.apply(), {
    ok: true,
    message: /^12 settings changed and read back\..*restart Callbox/,
  })
  t.equal(await kernelHas(RMEM), '16777216')
  t.match(await admin.details(), { isApplied: true })
  t.same(
    (await admin.details()).settings.filter(({ state }) => state !== 'ok'),
    [],
  )
  t.match(await admin.revert(), { ok: true, message: /have their value of before/ })
  t.equal(await kernelHas(RMEM), DEBIAN_VALUES[RMEM])
  t.equal(await read(OUR_FILE), undefined)
  t.match(await admin.details(), { isApplied: false })
})

t.test('never changes the kernel twice at once', async (t) => {
  const { admin } = await fake(t)
  const first = admin.apply()
  t.match(await admin.apply(), { ok: false, isBusy: true, message: /Wait/ })
  t.match(await admin.revert(), { ok: false, isBusy: true })
  t.match(await first, { ok: true })
  t.match(await admin.revert(), { ok: true }, 'and can be asked afterwards')
})

t.test('is of no use without root, and names the command', async (t) => {
  const { admin, kernelHas } = await fake(t, false)
  t.match(await admin.details(), { mayApply: false, obstacle: /does not run as root/ })
  t.match(await admin.apply(), { ok: false, isBusy: false, message: /by root alone.*sudo/ })
  t.match(await admin.revert(), { ok: false, message: /by root alone/ })
  t.equal(await kernelHas(RMEM), DEBIAN_VALUES[RMEM])
})

t.test('changes nothing where the kernel belongs to a host', async (t) => {
  const { admin, hide, setting, kernelHas } = await fake(t)
  await hide('net.core.netdev_max_backlog')
  t.match(await setting('net.core.netdev_max_backlog'), { state: 'hidden', present: undefined })
  t.match(await admin.details(), {
    mayApply: false,
    obstacle: /sysctl -w net\.core\.netdev_max_backlog=16384/,
  })
  t.match(await admin.apply(), { ok: false, message: /Nothing is changed/ })
  t.equal(await kernelHas(RMEM), DEBIAN_VALUES[RMEM])
})

t.test('says what the kernel did not take', async (t) => {
  const { admin, refuse } = await fake(t)
  await refuse('net.ipv4.tcp_mtu_probing')
  t.match(await admin.apply(), { ok: false, message: /as they were.*tcp_mtu_probing/ })
  t.match(await admin.details(), { isApplied: false })
})

t.test('a damaged memory of what was is said, and stops nothing else', async (t) => {
  const { admin, write } = await fake(t)
  await write(ORIGINALS_FILE, '{')
  t.match(await admin.details(), {
    settings: [],
    mayApply: false,
    obstacle: /before\.json.*Put a backup/,
  })
  t.match(await admin.revert(), { ok: false, message: /before\.json/ })
})
