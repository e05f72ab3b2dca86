import t, { type Test } from 'tap'
import { OUR_FILE } from '../tune/sysctl-files.ts'
import { createFakeMachine } from '../tune/test/fake-machine.ts'
import { parseOptions } from './command.ts'
import { runCli } from './run.ts'
import { createTune } from './tune.ts'

const env = { CALLBOX_RTC__WORKERS: '2', CALLBOX_CONFIG: '' }

function terminal() {
  const said = { out: '', err: '' }
  const io = {
    out: (text: string) => {
      said.out += text
    },
    err: (text: string) => {
      said.err += text
    },
    env,
    colour: false,
    now: () => 0,
  }
  return { said, io }
}

async function onMachine(t: Test, isRoot = true) {
  const made = await createFakeMachine(isRoot)
  t.teardown(made.remove)
  const command = createTune(made.machine)
  const call = async (...args: readonly string[]) => {
    const { said, io } = terminal()
    const code = await command.run(parseOptions(command, args), io)
    return { code, out: said.out }
  }
  return { ...made, call }
}

t.test('shows each setting with what it is, should be and would be, and why', async (t) => {
  const { call } = await onMachine(t)
  const { code, out } = await call()
  t.equal(code, 0)
  t.match(
    out,
    'net.core.rmem_max: to be applied\n  now 212992 · recommended 16777216 · with --apply 16777216\n  the',
  )
  t.match(out, 'fs.file-max: kept: better already')
  t.match(out, 'nf_conntrack_max: not loaded, not needed')
  t.match(out, /12 to be applied, npx callbox tune --apply; back again with --revert\.\n$/)
  const { settings } = JSON.parse((await call('--json')).out)
  t.match(settings[0], {
    key: 'net.core.rmem_max',
    current: '212992',
    recommended: '16777216',
    effective: '16777216',
    verdict: 'change',
    why: /receive buffer/,
  })
})

t.test('tells who is not root what to type', async (t) => {
  const { call } = await onMachine(t, false)
  t.match((await call()).out, 'as root: sudo npx callbox tune --apply')
  await t.rejects(call('--apply'), { code: 'TUNE_NEEDS_ROOT', fix: /sudo/ })
})

t.test('applies, checks and reverts, and says so', async (t) => {
  const { call, read, kernel } = await onMachine(t)
  t.match(await call('--check'), { code: 1, out: /nothing is applied/ })
  t.match(await call('--apply'), { code: 0, out: /^12 changed.*restart Callbox/s })
  t.match(await call('--apply'), { code: 0, out: /had all values already/ })
  t.match(await call('--check', '--json'), { code: 0, out: /"ok": true/ })
  t.match((await call()).out, /Nothing is to be applied\.\n$/)
  await kernel('net.core.somaxconn', '128')
  t.match(await call('--check'), { code: 1, out: /somaxconn: the kernel has 128/ })
  t.match(await call('--revert'), { code: 0, out: /value of before; the file is gone/ })
  t.equal(await read(OUR_FILE), undefined)
  t.match(await call('--revert'), { code: 0, out: /nothing to take back/ })
  t.match(await call('--apply', '--next-boot', '--json'), { code: 0, out: /"changed": \[\]/ })
  t.match((await call('--revert', '--json')).out, '"nothing": false')
})

t.test('leaves to the host what cannot be set here', async (t) => {
  const { call, hide } = await onMachine(t)
  await hide('net.core.netdev_budget')
  const { out } = await call()
  t.match(out, 'netdev_budget: hidden here; see the host\n  now -')
  t.match(out, /--apply would refuse\..*\nOn the host, as root: sysctl -w .*--partial/)
  t.match((await call('--apply', '--partial')).out, 'sysctl -w net.core.netdev_budget=600')
})

t.test('does one thing at a time', async (t) => {
  const { call } = await onMachine(t)
  await t.rejects(call('--apply', '--revert'), { message: /exclude each other/ })
  await t.rejects(call('--check', '--partial'), { message: /--partial goes with --apply/ })
  const { said, io } = terminal()
  t.equal(await runCli(['tune', '--help'], io), 0)
  t.match(said.out, /callbox tune: .*--next-boot/s)
})
