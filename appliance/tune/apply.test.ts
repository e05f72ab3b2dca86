import t, { type Test } from 'tap'
import { loadConfig } from '../config/load.ts'
import { applySettings } from './apply.ts'
import { findDrift } from './drift.ts'
import { ORIGINALS_FILE } from './originals.ts'
import { makePlan } from './plan.ts'
import { revertSettings } from './revert.ts'
import { kernelSettings } from './settings.ts'
import { OUR_FILE } from './sysctl-files.ts'
import { createFakeMachine, DEBIAN_VALUES, type FakeMachine } from './test/fake-machine.ts'

const { config } = await loadConfig({ env: {}, defaultFile: '/nonexistent' })
const settings = kernelSettings({ ...config, rtc: { ...config.rtc, workers: 2 } })
const whole = { partial: false, nextBoot: false }
const RMEM = 'net.core.rmem_max'
const PORTS = 'net.ipv4.ip_local_reserved_ports'
const OURS = '3478,5349,8045,8080,8443-8445,49152-65535'

async function fake(t: Test, isRoot = true): Promise<FakeMachine> {
  const made = await createFakeMachine(isRoot)
  t.teardown(made.remove)
  return made
}

async function verdicts({ machine }: FakeMachine): Promise<Record<string, string>> {
  const { rows } = await makePlan(machine, settings)
  return Object.fromEntries(rows.map(({ setting, verdict }) => [setting.key, verdict]))
}

const driftOf = async ({ machine }: FakeMachine) =>
  findDrift(await makePlan(machine, settings)).map(({ problem }) => problem)

async function valuesOf(made: FakeMachine): Promise<Record<string, string>> {
  const keys = Object.keys(DEBIAN_VALUES)
  const entries = await Promise.all(keys.map(async (key) => [key, await made.kernelHas(key)]))
  return Object.fromEntries(entries)
}

t.test('applies, finds no drift, and reverts to what was before', async (t) => {
  const made = await fake(t)
  const { changed } = await applySettings(made.machine, settings, whole)
  t.equal(changed.length, 12)
  t.match(await valuesOf(made), {
    [RMEM]: '16777216',
    'net.core.optmem_max': '16777216',
    [PORTS]: OURS,
    'fs.file-max': DEBIAN_VALUES['fs.file-max'],
  })
  const file = (await made.read(OUR_FILE)) ?? ''
  t.match(file, `\n${RMEM} = 16777216\n`)
  t.match(file, '\nnet.core.somaxconn = 4096\n', 'also what is good, so that it stays')
  t.notMatch(file, 'fs.', 'what the kernel sizes by itself is left to it')
  t.same(await driftOf(made), [])
  t.match(await revertSettings(made.machine, settings), { nothing: false, gone: [], unknown: [] })
  t.same(await valuesOf(made), DEBIAN_VALUES)
  t.equal(await made.read(OUR_FILE), undefined)
  t.equal(await made.read(ORIGINALS_FILE), undefined)
  t.match(await revertSettings(made.machine, settings), { nothing: true })
})

t.test('a second --apply does not forget the first values', async (t) => {
  const made = await fake(t)
  await applySettings(made.machine, settings, whole)
  const remembered = await made.read(ORIGINALS_FILE)
  t.same((await applySettings(made.machine, settings, whole)).changed, [])
  await made.kernel(RMEM, '4194304')
  t.same((await applySettings(made.machine, settings, whole)).changed, [RMEM])
  t.equal(await made.read(ORIGINALS_FILE), remembered)
  await revertSettings(made.machine, settings)
  t.same(await valuesOf(made), DEBIAN_VALUES)
})

t.test('never lowers what is better, and keeps it over the next boot', async (t) => {
  const made = await fake(t)
  await made.kernel(RMEM, '33554432')
  await made.kernel('net.ipv4.tcp_notsent_lowat', '16384')
  t.match(await verdicts(made), {
    [RMEM]: 'kept',
    'net.ipv4.tcp_notsent_lowat': 'kept',
    'fs.file-max': 'kept',
  })
  await applySettings(made.machine, settings, whole)
  t.equal(await made.kernelHas(RMEM), '33554432')
  t.match(await made.read(OUR_FILE), `${RMEM} = 33554432`)
  t.same(await driftOf(made), [])
})

t.test('leaves alone what another file raises', async (t) => {
  const made = await fake(t)
  await made.kernel(RMEM, '33554432')
  await made.write('/usr/lib/sysctl.d/50-other.conf', '# big\nnet/core/rmem_max=33554432\n')
  await applySettings(made.machine, settings, whole)
  t.notMatch(await made.read(OUR_FILE), RMEM)
  t.same(await driftOf(made), [])
})

t.test('keeps the ports that others reserved, and lets go of our former ones', async (t) => {
  const made = await fake(t)
  await made.kernel(PORTS, '5000-5002')
  await applySettings(made.machine, settings, whole)
  t.equal(await made.kernelHas(PORTS), `3478,5000-5002,${OURS.slice(5)}`)
  await made.kernel(PORTS, `${await made.kernelHas(PORTS)},7000`)
  const narrow = { ...config.turn, relay_port_min: 60000 }
  const fewer = kernelSettings({ ...config, rtc: { ...config.rtc, workers: 2 }, turn: narrow })
  await applySettings(made.machine, fewer, whole)
  t.equal(await made.kernelHas(PORTS), '3478,5000-5002,5349,7000,8045,8080,8443-8445,60000-65535')
  await revertSettings(made.machine, settings)
  t.equal(await made.kernelHas(PORTS), '5000-5002')
})

t.test('does not take all ports from other programs', async (t) => {
  const made = await fake(t)
  await made.kernel('net.ipv4.ip_local_port_range', '50000 60999')
  t.match(await verdicts(made), { [PORTS]: 'unsafe' })
  await t.rejects(applySettings(made.machine, settings, whole), {
    code: 'TUNE_NOT_POSSIBLE',
    fix: /turn\.relay_port_min/,
  })
  t.equal(await made.read(OUR_FILE), undefined)
})

t.test('says each drift: file, kernel, recommendation, a later file, a stranger', async (t) => {
  const made = await fake(t)
  t.match(await driftOf(made), [
    /^There is no \/etc/,
    `${RMEM}: the kernel has 212992, recommended`,
  ])
  await applySettings(made.machine, settings, whole)
  await made.kernel(RMEM, '212992')
  t.match(await driftOf(made), [
    `${RMEM}: the kernel has 212992, the file says 16777216`,
    `${RMEM}: the kernel has 212992, recommended is 16777216`,
  ])
  await made.kernel(RMEM, '33554432')
  t.match(await driftOf(made), [`${RMEM}: the kernel has 33554432, the file says 16777216`])
  await applySettings(made.machine, settings, whole)
  t.same(await driftOf(made), [], 'a higher value is taken over into the file')
  const file = (await made.read(OUR_FILE)) ?? ''
  await made.write(OUR_FILE, `${file.replace('= 1048576', '= 5')}vm.swappiness = 1\n`)
  t.match(await driftOf(made), [
    'net.core.rmem_default: the file says 5, recommended is 1048576',
    'net.core.rmem_default: the kernel has 1048576, the file says 5',
    'vm.swappiness: the file sets it',
  ])
  await made.write(OUR_FILE, file)
  await made.write('/etc/sysctl.conf', 'net.core.wmem_max = 1000')
  await made.link('../sysctl.conf', '/etc/sysctl.d/99-sysctl.conf')
  t.match(await driftOf(made), [
    'net.core.wmem_max: at the next boot /etc/sysctl.d/99-sysctl.conf sets it to 1000',
  ])
})

t.test('undoes everything when the kernel does not take a value', async (t) => {
  const made = await fake(t)
  await made.refuse('net.ipv4.tcp_mtu_probing')
  await t.rejects(applySettings(made.machine, settings, whole), {
    code: 'TUNE_FAILED',
    message: /tcp_mtu_probing was set to 1 and is empty/,
  })
  const { 'net.ipv4.tcp_mtu_probing': _, ...others } = DEBIAN_VALUES
  t.match(await valuesOf(made), others)
  t.equal(await made.read(OUR_FILE), undefined)
  t.equal(await made.read(ORIGINALS_FILE), undefined)
})

t.test('refuses where settings are hidden, unless told to do what can be done', async (t) => {
  const made = await fake(t)
  await made.hide('net.core.netdev_max_backlog')
  await t.rejects(applySettings(made.machine, settings, whole), {
    code: 'TUNE_NOT_POSSIBLE',
    message: /network namespace.*netdev_max_backlog\.$/,
    fix: /On the host, as root: sysctl -w net\.core\.netdev_max_backlog=16384 /,
  })
  t.equal(await made.kernelHas(RMEM), '212992', 'nothing is changed')
  const { left } = await applySettings(made.machine, settings, { ...whole, partial: true })
  t.match(left, [{ setting: { key: 'net.core.netdev_max_backlog' } }])
  t.same(await driftOf(made), [], 'what was left to the host is no drift')
})

t.test('sizes the table of followed connections once its module is there', async (t) => {
  const made = await fake(t)
  const key = 'net.netfilter.nf_conntrack_max'
  t.match(await verdicts(made), { [key]: 'notLoaded' })
  await applySettings(made.machine, settings, whole)
  await made.kernel(key, '65536')
  t.match(await driftOf(made), [
    `${key}: the file does not set it`,
    `${key}: the kernel has 65536, recommended is 262144`,
  ])
  await applySettings(made.machine, settings, whole)
  t.match(await made.read(OUR_FILE), `\n-${key} = 262144\n`)
  await made.hide(key)
  t.match(await revertSettings(made.machine, settings), { gone: [key] })
})

t.test('writes the file alone for a machine that does not run yet', async (t) => {
  const made = await fake(t)
  await made.hide('net.core.netdev_max_backlog')
  await applySettings(made.machine, settings, { partial: false, nextBoot: true })
  const file = (await made.read(OUR_FILE)) ?? ''
  t.match(file, 'net.core.netdev_max_backlog = 16384')
  t.notMatch(file, /fs\.|nf_conntrack/)
  t.equal(await made.kernelHas(RMEM), '212992')
  await made.kernel(RMEM, '16777216')
  await applySettings({ ...made.machine }, settings, { partial: true, nextBoot: false })
  const { unknown } = await revertSettings(made.machine, settings)
  t.ok(unknown.includes(RMEM), 'what a boot gave has no value of before')
  t.equal(await made.kernelHas(RMEM), '16777216')
  t.equal(await made.read(OUR_FILE), undefined)
})

t.test('gives back a file of the same name that somebody else wrote', async (t) => {
  const made = await fake(t)
  await made.write(OUR_FILE, `${RMEM}=212992\n`)
  await applySettings(made.machine, settings, whole)
  await revertSettings(made.machine, settings)
  t.equal(await made.read(OUR_FILE), `${RMEM}=212992\n`)
  t.match(await revertSettings(made.machine, settings), { nothing: true })
})

t.test('changes nothing for anybody but root, and nothing by a damaged memory', async (t) => {
  const { machine } = await fake(t, false)
  await t.rejects(applySettings(machine, settings, whole), { code: 'TUNE_NEEDS_ROOT' })
  await t.rejects(revertSettings(machine, settings), { code: 'TUNE_NEEDS_ROOT' })
  const made = await fake(t)
  await applySettings(made.machine, settings, whole)
  const text = (await made.read(ORIGINALS_FILE)) ?? ''
  await made.write(ORIGINALS_FILE, text.slice(1))
  await t.rejects(revertSettings(made.machine, settings), { code: 'TUNE_STATE_UNREADABLE' })
  await made.write(ORIGINALS_FILE, text.replace('"212992"', '"1; reboot"'))
  const { restored, unknown } = await revertSettings(made.machine, settings)
  t.notOk(restored.includes(RMEM))
  t.ok(unknown.includes(RMEM))
})
