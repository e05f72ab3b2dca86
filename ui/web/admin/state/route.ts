import { type ReadonlySignal, signal } from '@preact/signals'
import type { AdminSection } from '#api'

/** The parts of the admin page in the order of its navigation. */
export const SECTIONS: readonly Readonly<{ section: AdminSection; label: string }>[] = [
  { section: 'dashboard', label: 'Dashboard' },
  { section: 'calls', label: 'Calls' },
  { section: 'alerts', label: 'Alerts' },
  { section: 'turn', label: 'TURN' },
  { section: 'connect', label: 'Connect' },
  { section: 'settings', label: 'Settings' },
  { section: 'certificate', label: 'Certificate' },
  { section: 'kernel', label: 'Kernel' },
  { section: 'users', label: 'Users' },
]

/** Where the page is: a part of it, and of that one thing, such as a call. */
export type Place = Readonly<{ section: AdminSection; detail: string | undefined }>

/** Which part of the page is shown; the browser's address says the same. */
export class Route {
  readonly #place = signal<Place>({ section: 'dashboard', detail: undefined })
  readonly #push: (path: string) => void

  readonly place: ReadonlySignal<Place> = this.#place

  /** `push` puts an address into the browser's history. */
  constructor(path: string, push: (path: string) => void) {
    this.#push = push
    this.follow(path)
  }

  get section(): AdminSection {
    return this.#place.value.section
  }

  /** Shows what an address stands for, as when the reader goes back. */
  follow(path: string): void {
    this.#place.value = parsePath(path)
  }

  /** Goes to a part, as when the reader follows a link of the page. */
  open(section: AdminSection, detail?: string): void {
    const { section: before, detail: detailBefore } = this.#place.value
    if (section === before && detail === detailBefore) return
    this.#place.value = { section, detail }
    this.#push(this.pathOf(section, detail))
  }

  pathOf(section: AdminSection, detail?: string): string {
    const path = section === 'dashboard' ? '/admin' : `/admin/${section}`
    return detail === undefined ? path : `${path}/${encodeURIComponent(detail)}`
  }
}

function parsePath(path: string): Place {
  const [, name = '', rest] = /^\/admin\/([^/]*)(?:\/([^/]+))?/.exec(path) ?? []
  const section = SECTIONS.find((each) => each.section === name)?.section ?? 'dashboard'
  return { section, detail: rest === undefined ? undefined : decode(rest) }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined // somebody typed it
  }
}
