/** What a key does during a call. */
export type Shortcut = 'mute' | 'hand'

/** The facts of a key press that decide. `target` is where the focus is. */
export type KeyPress = Readonly<{
  key: string
  repeat: boolean
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  target: Readonly<{ tagName?: string; isContentEditable?: boolean }> | null
}>

const TYPING = new Set(['INPUT', 'TEXTAREA', 'SELECT'])

/** M mutes, H raises the hand; `undefined` while typing, with a modifier, or for a held key. */
export function shortcutOf(press: KeyPress): Shortcut | undefined {
  if (press.repeat || press.ctrlKey || press.metaKey || press.altKey) return undefined
  if (TYPING.has(press.target?.tagName ?? '') || press.target?.isContentEditable) return undefined
  const key = press.key.toLowerCase()
  if (key === 'm') return 'mute'
  return key === 'h' ? 'hand' : undefined
}
