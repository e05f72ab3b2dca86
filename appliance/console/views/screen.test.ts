import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import decodeQR from 'qr/decode.js'
import t from 'tap'
import { paintScreen } from '../paint.ts'
import { initialState } from '../state.ts'
import { step } from '../step.ts'
import { frameStates, frameText } from '../test/frames.ts'
import { pixelsOf } from '../test/pixels.ts'
import { firstStart } from '../test/sample-facts.ts'
import { drawScreen } from './screen.ts'

const folder = join(import.meta.dirname, '../test/frames')

t.test('draws the screens that were looked at', async (t) => {
  for (const [name, state] of Object.entries(frameStates)) {
    t.equal(frameText(state), readFileSync(join(folder, `${name}.txt`), 'utf8'), name)
  }
})

t.test(
  'draws a code that is read as the link, beside it and as large as there is room',
  async (t) => {
    for (const name of ['first-start-80x25', 'first-start-120x40', 'running-80x25']) {
      const state = frameStates[name]
      if (state === undefined) throw new Error(name)
      const link = state.facts.setupLink ?? state.facts.adminUrl
      t.equal(decodeQR(pixelsOf(frameText(state))), link, name)
    }
  },
)

t.test('leaves the code away where it does not fit, and shows the link all the same', async (t) => {
  for (const size of [
    { columns: 70, rows: 25 },
    { columns: 80, rows: 20 },
  ]) {
    const { state } = step(initialState(size, false), { type: 'facts', facts: firstStart })
    const text = frameText(state)
    t.notMatch(text, /[▀▄█]/)
    t.match(text.replaceAll(/\s/g, ''), firstStart.setupLink ?? '')
  }
})

t.test('says in words what colours say', async (t) => {
  const state = frameStates['in-trouble-80x25']
  if (state === undefined) throw new Error('no such frame')
  const plain = paintScreen(drawScreen(state), state.size, { colour: false }).join('\n')
  t.notMatch(plain, /\[[\d;]*3\dm/)
  t.match(plain, 'turn: no packet came back')
  t.match(plain, 'not synchronized')
  const coloured = paintScreen(drawScreen(state), state.size, { colour: true }).join('\n')
  t.match(coloured, '\x1b[0;1;31mturn: no packet came back')
})

t.test('lets no text from elsewhere command the terminal', async (t) => {
  const hostName = 'a\x1b[2Jb\x9bc\u202e'
  const facts = { ...firstStart, hostName, warnings: [{ message: 'x\r\x07y', fix: '\x1b]0;t' }] }
  for (const keys of ['', 'i', 'm']) {
    const known = step(initialState({ columns: 80, rows: 25 }, false), { type: 'facts', facts })
    const { state } = [...keys].reduce(
      (last, character) => step(last.state, { type: 'key', key: { name: 'character', character } }),
      known,
    )
    const painted = paintScreen(drawScreen(state), state.size, { colour: true }).join('\n')
    t.match(painted, 'a?[2Jb?c?')
    t.notMatch(stripVTControlCharacters(painted).replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
  }
})
