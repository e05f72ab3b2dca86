import type { AdminSection } from '#api'
import { navigationGroups } from './navigation.ts'

/** What a key asks for. */
export type ShortcutAction =
  | Readonly<{ type: 'open'; section: AdminSection }>
  | Readonly<{ type: 'help' }>
  | Readonly<{ type: 'search' }>

/** How long the second key of a pair may take. */
const PAIR_MS = 1500

/** Makes actions of keys: `g` and a letter goes to a part, `?` tells the keys, `/` leads to the search. */
export class Shortcuts {
  #goPressedAtMs = Number.NEGATIVE_INFINITY

  /** What a pressed key asks for, `undefined` where nothing yet. */
  press(key: string, nowMs: number): ShortcutAction | undefined {
    const isSecond = nowMs - this.#goPressedAtMs <= PAIR_MS
    this.#goPressedAtMs = Number.NEGATIVE_INFINITY
    if (isSecond) {
      const place = navigationGroups()
        .flatMap(({ places }) => places)
        .find((each) => each.key === key)
      if (place) return { type: 'open', section: place.section }
    }
    if (key === 'g') this.#goPressedAtMs = nowMs
    if (key === '?') return { type: 'help' }
    return key === '/' ? { type: 'search' } : undefined
  }
}
