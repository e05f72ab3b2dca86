/** What readline tells of a key. */
type Pressed = Readonly<{
  name?: string | undefined
  ctrl?: boolean | undefined
  meta?: boolean | undefined
  shift?: boolean | undefined
}>

/** A key that was pressed: one that does something, or a character. */
export type Key = Readonly<{ name: KeyName }> | Readonly<{ name: 'character'; character: string }>

type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'enter'
  | 'escape'
  | 'tab'
  | 'backtab'
  | 'backspace'
  | 'pageup'
  | 'pagedown'
  | 'home'
  | 'end'
  | 'clear'
  | 'redraw'
  | 'interrupt'

const NAMES: ReadonlyMap<string, KeyName> = new Map([
  ['up', 'up'],
  ['down', 'down'],
  ['left', 'left'],
  ['right', 'right'],
  ['return', 'enter'],
  ['enter', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['pageup', 'pageup'],
  ['pagedown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
])

const CONTROLS: ReadonlyMap<string, KeyName> = new Map([
  ['c', 'interrupt'],
  ['d', 'interrupt'],
  ['l', 'redraw'],
  ['u', 'clear'],
  ['h', 'backspace'],
  ['p', 'up'],
  ['n', 'down'],
])

/** Names a key that readline decoded; `undefined` for one that means nothing here. */
export function keyOf(text: string | undefined, pressed: Pressed): Key | undefined {
  const { name = '', ctrl = false, meta = false, shift = false } = pressed
  if (ctrl) {
    const control = CONTROLS.get(name)
    return control && { name: control }
  }
  if (name === 'tab' && shift) return { name: 'backtab' }
  const known = NAMES.get(name)
  if (known !== undefined) return { name: known }
  if (meta || text === undefined || !/^[\x20-\x7e]$/.test(text)) return undefined
  return { name: 'character', character: text }
}
