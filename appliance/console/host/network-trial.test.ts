import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Addressing } from '../addressing.ts'
import { createNetworkTrials, TRIAL_MS } from './network-trial.ts'

const addressing: Addressing = {
  interface: 'ens3',
  mode: 'fixed',
  ipv4: '192.0.2.10/24',
  gateway4: '192.0.2.1',
  ipv6: '',
  gateway6: '',
  nameServers: [],
}

const BEFORE = '[Match]\nName=ens3\n\n[Network]\nDHCP=yes\n'

/** A machine in a folder, its clock, and what networkctl was asked. */
async function createMachine(t: Test, fileBefore?: string) {
  const root = await mkdtemp(join(tmpdir(), 'callbox-trial-'))
  t.teardown(() => rm(root, { recursive: true }))
  const folder = join(root, 'etc/systemd/network')
  await mkdir(folder, { recursive: true })
  const file = join(folder, '10-callbox-ens3.network')
  if (fileBefore !== undefined) await writeFile(file, fileBefore)
  const machine = { bootId: 'one', nowMs: 1000, refuses: [] as string[], asked: [] as string[] }
  const trials = () =>
    createNetworkTrials({
      root,
      clock: { bootId: async () => machine.bootId, nowMs: () => machine.nowMs },
      run: async (command, args) => {
        machine.asked.push([command, ...args].join(' '))
        return { status: machine.refuses.includes(args[0] ?? '') ? 1 : 0, out: '', err: 'refused' }
      },
    })
  const read = () => readFile(file, 'utf8').catch(() => undefined)
  return { machine, trials, read, file, files: () => readdir(folder) }
}

const RECONFIGURED = ['networkctl reload', 'networkctl reconfigure ens3']

t.test('sets addresses and keeps them, with the file of before beside', async (t) => {
  const { machine, trials, read, files, file } = await createMachine(t, BEFORE)
  t.equal(await trials().begin(addressing), 1000 + TRIAL_MS)
  t.match(await read(), 'Address=192.0.2.10/24')
  t.same(machine.asked, RECONFIGURED)
  machine.nowMs += TRIAL_MS - 1
  t.same(await trials().revertAbandoned(), [], 'not before its time')
  await trials().keep('ens3')
  machine.nowMs += 1
  t.same(await trials().revertAbandoned(), [])
  t.match(await read(), 'Address=192.0.2.10/24')
  t.same(await files(), ['10-callbox-ens3.network', '10-callbox-ens3.network.old'])
  t.equal(await readFile(`${file}.old`, 'utf8'), BEFORE)
})

t.test('takes them back when the time is over, whichever console sees it', async (t) => {
  for (const before of [BEFORE, undefined]) {
    const { machine, trials, read, files } = await createMachine(t, before)
    await trials().begin(addressing)
    machine.nowMs += TRIAL_MS
    machine.asked = []
    t.same(await trials().revertAbandoned(), ['ens3'])
    t.equal(await read(), before)
    t.same(machine.asked, RECONFIGURED)
    t.same(await files(), before === undefined ? [] : ['10-callbox-ens3.network'])
    await t.rejects(trials().keep('ens3'), { code: 'NETWORK_NOT_CHANGED', message: /already/ })
  }
})

t.test('takes them back after a restart of the machine, whose clock begins anew', async (t) => {
  const { machine, trials, read } = await createMachine(t, BEFORE)
  await trials().begin(addressing)
  Object.assign(machine, { bootId: 'two', nowMs: 10 })
  t.same(await trials().revertAbandoned(), ['ens3'])
  t.equal(await read(), BEFORE)
})

t.test('goes back to what was kept last, also from a change of a change', async (t) => {
  const { trials, read } = await createMachine(t, BEFORE)
  await trials().begin(addressing)
  await trials().begin({ ...addressing, ipv4: '192.0.2.11/24' })
  await trials().revert('ens3')
  t.equal(await read(), BEFORE)
  await trials().revert('ens3')
  t.equal(await read(), BEFORE, 'twice is once')
})

t.test('changes nothing where systemd-networkd refuses', async (t) => {
  const { machine, trials, read, files } = await createMachine(t, BEFORE)
  machine.refuses = ['reload', 'reconfigure']
  await t.rejects(trials().begin(addressing), {
    code: 'NETWORK_NOT_CHANGED',
    message: /networkctl reload: refused/,
  })
  t.equal(await read(), BEFORE)
  t.same(await files(), ['10-callbox-ens3.network'])
})

t.test(
  'has systemd-networkd read the file of before where it took the new one in part',
  async (t) => {
    const { machine, trials, read } = await createMachine(t, BEFORE)
    machine.refuses = ['reconfigure']
    await t.rejects(trials().begin(addressing), { code: 'NETWORK_NOT_CHANGED' })
    t.equal(await read(), BEFORE)
    t.same(machine.asked, [...RECONFIGURED, 'networkctl reload'])
  },
)

t.test('removes a note that is damaged rather than trip over it for ever', async (t) => {
  const { trials, read, file, files } = await createMachine(t, BEFORE)
  await writeFile(`${file}.trial`, '{"before":')
  t.same(await trials().revertAbandoned(), [])
  t.equal(await read(), BEFORE)
  t.same(await files(), ['10-callbox-ens3.network'])
})
