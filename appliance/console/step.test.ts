import fc from 'fast-check'
import t from 'tap'
import type { Form } from './actions.ts'
import type { Key } from './keys.ts'
import { type ConsoleState, initialState } from './state.ts'
import { step } from './step.ts'
import { inTrouble } from './test/sample-facts.ts'
import { drawScreen } from './views/screen.ts'

const size = { columns: 80, rows: 25 }
const start = initialState(size, true)

const key = (name: Exclude<Key['name'], 'character'>): Key => ({ name })
const letters = (text: string): Key[] =>
  [...text].map((character) => ({ name: 'character', character }))

function press(state: ConsoleState, ...keys: readonly Key[]) {
  let last = step(state, { type: 'tick', nowMs: state.nowMs })
  for (const pressed of keys) last = step(last.state, { type: 'key', key: pressed })
  return last
}

const hostNameForm: Form = {
  name: 'hostName',
  title: 'Host name',
  about: [],
  subject: '',
  fields: [{ name: 'name', label: 'Host name', value: 'old', hint: '' }],
}

function withForm(form: Form): ConsoleState {
  return step(start, { type: 'outcome', outcome: { type: 'form', form } }).state
}

t.test('opens the menu, and an entry by its letter or by Enter', async (t) => {
  const network = { type: 'open', form: 'network' }
  t.match(press(start, key('enter')), { state: { screen: { kind: 'menu' } } })
  t.same(press(start, ...letters('mn')).action, network)
  t.same(press(start, key('enter'), key('enter')).action, network)
  t.same(press(start, key('enter'), key('up'), key('up'), key('enter')).state.screen, {
    kind: 'question',
    question: 'Restart the machine? Calls end.',
    action: { type: 'reboot' },
  })
})

t.test('restarts only after a yes', async (t) => {
  const asked = press(start, ...letters('mr')).state
  t.same(press(asked, ...letters('y')).action, { type: 'reboot' })
  for (const no of [...letters('n'), key('escape')]) {
    const answered = press(asked, no)
    t.equal(answered.action, undefined)
    t.equal(answered.state.screen.kind, 'menu')
  }
  t.equal(press(asked, key('enter')).action, undefined, 'Enter is no yes')
})

t.test('is left by Q or Ctrl-C only where it was started by hand', async (t) => {
  for (const leave of [...letters('q'), key('interrupt')]) {
    t.equal(press(start, leave).action, 'quit')
    t.equal(press(initialState(size, false), leave).action, undefined)
  }
})

t.test('takes what is typed, and does it after a check', async (t) => {
  const form = withForm(hostNameForm)
  t.same(press(form, key('clear'), ...letters('calls.example.org'), key('enter')).action, {
    type: 'setHostName',
    name: 'calls.example.org',
  })
  const wrong = press(form, ...letters(' !'), key('enter'))
  t.equal(wrong.action, undefined)
  t.match(wrong.state.screen, { kind: 'form', problem: /letters, digits and hyphens/ })
  t.notMatch(press(wrong.state, key('backspace')).state.screen, { problem: /./ })
  t.equal(press(form, key('escape')).state.screen.kind, 'menu')
})

t.test('resets only who typed the name of the machine', async (t) => {
  const form = withForm({ ...hostNameForm, name: 'factoryReset', subject: 'callbox' })
  t.match(press(form, key('enter')).state.screen, { problem: /not the name of this machine/ })
  const typed = press(form, key('clear'), ...letters('callbox'), key('enter'))
  t.same(typed.action, { type: 'factoryReset' })
})

t.test('asks for addresses only where they are fixed', async (t) => {
  const field = (name: string, value: string) => ({ name, label: name, value, hint: '' })
  const form = withForm({
    ...hostNameForm,
    name: 'network',
    subject: 'ens3',
    fields: [
      { ...field('mode', 'automatic'), choices: ['automatic', 'fixed'] },
      { ...field('ipv4', '192.0.2.10/24'), onlyInMode: 'fixed' },
      { ...field('gateway4', '192.0.2.1'), onlyInMode: 'fixed' },
      field('nameServers', ''),
    ],
  })
  t.match(press(form, key('tab'), key('enter')).action, {
    type: 'tryNetwork',
    addressing: { interface: 'ens3', mode: 'automatic', ipv4: '' },
  })
  const fixed = press(form, key('right'), key('enter'), key('down'), key('enter'), key('enter'))
  t.match(fixed.action, {
    type: 'tryNetwork',
    addressing: { mode: 'fixed', ipv4: '192.0.2.10/24', gateway4: '192.0.2.1' },
  })
})

t.test('takes addresses back when nobody keeps them in time', async (t) => {
  const trial = { interface: 'ens3', deadlineMs: 60_000 }
  const waiting = step(start, { type: 'outcome', outcome: { type: 'trial', trial } }).state
  const just = step(waiting, { type: 'tick', nowMs: 59_999 })
  t.equal(just.action, undefined)
  const revert = { type: 'revertNetwork', interface: 'ens3' }
  const late = step(just.state, { type: 'tick', nowMs: 60_000 })
  t.same(late.action, revert)
  t.equal(step(late.state, { type: 'tick', nowMs: 61_000 }).action, undefined, 'once')
  t.same(press(waiting, ...letters('r')).action, revert)
  t.same(press(waiting, ...letters('k')).action, { type: 'keepNetwork', interface: 'ens3' })
  t.equal(press(waiting, key('enter')).action, undefined, 'Enter does not keep')
})

t.test('turns the pages of a long text, and stops at both ends', async (t) => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`)
  const text = step(start, {
    type: 'outcome',
    outcome: { type: 'text', title: 'Log', lines },
  }).state
  t.match(press(text, key('up')).state.screen, { top: 0 })
  t.match(press(text, key('pagedown'), key('down')).state.screen, { top: 20 })
  const end = press(text, key('end'), key('pagedown')).state
  t.match(end.screen, { top: 81 })
  const shown = drawScreen(end)
    .flat()
    .map(({ text }) => text)
  t.ok(shown.includes('line 99'))
  t.ok(shown.includes('lines 82 to 100 of 100'))
})

const anyKey = fc.oneof(
  fc.constantFrom<Key>(
    ...(['up', 'down', 'left', 'right', 'enter', 'escape', 'tab'] as const).map(key),
  ),
  fc.constantFrom<Key>(key('backspace'), key('pagedown'), key('end'), key('interrupt')),
  fc.constantFrom(...letters('mnphtdlsfroikqy 1./:')),
)
const anySize = fc.record({
  columns: fc.integer({ min: 1, max: 200 }),
  rows: fc.integer({ min: 3, max: 80 }),
})

t.test('draws a whole screen whatever is pressed and whatever its size', async (t) => {
  const known = step(start, { type: 'facts', facts: inTrouble }).state
  const forms = [known, withForm(hostNameForm)]
  const property = fc.property(
    fc.constantFrom(...forms),
    fc.array(anyKey, { maxLength: 12 }),
    anySize,
    (from, keys, asked) => {
      const { state } = press(step(from, { type: 'size', size: asked }).state, ...keys)
      return drawScreen(state).length === asked.rows
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
})
