import { once } from 'node:events'
import { emitKeypressEvents } from 'node:readline'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { type Key, keyOf } from './keys.ts'

/** The keys that readline makes of what a terminal sends. */
async function keysOf(bytes: string): Promise<readonly (Key | undefined)[]> {
  const input = new PassThrough()
  const keys: (Key | undefined)[] = []
  emitKeypressEvents(input)
  input.on('keypress', (text, pressed) => keys.push(keyOf(text, pressed)))
  const written = once(input, 'keypress')
  input.write(bytes)
  await written
  return keys
}

t.test('knows the keys of the Linux console, of xterm and of serial lines', async (t) => {
  const sent: Readonly<Record<string, Key['name']>> = {
    '\r': 'enter',
    '\n': 'enter',
    '\t': 'tab',
    '\x1b[Z': 'backtab',
    '\x1b[A': 'up',
    '\x1bOB': 'down',
    '\x7f': 'backspace',
    '\b': 'backspace',
    '\x1b[1~': 'home',
    '\x1b[H': 'home',
    '\x1b[4~': 'end',
    '\x1b[5~': 'pageup',
    '\x1b[6~': 'pagedown',
    '\x03': 'interrupt',
    '\x0c': 'redraw',
    '\x15': 'clear',
  }
  for (const [bytes, name] of Object.entries(sent)) {
    t.same(await keysOf(bytes), [{ name }], JSON.stringify(bytes))
  }
})

t.test('takes what is pasted character by character, and nothing that is no text', async (t) => {
  t.same(
    await keysOf('1.:/'),
    [...'1.:/'].map((character) => ({ name: 'character', character })),
  )
  t.same(await keysOf('\x1b[15~'), [undefined], 'F5')
  t.same(await keysOf('\x00'), [undefined])
  t.same(await keysOf('ü'), [undefined])
})
