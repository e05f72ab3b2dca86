import { type ReadonlySignal, signal } from '@preact/signals'

/** The parts of the admin page that have an address of their own. */
export type Section = 'dashboard' | 'turn' | 'certificate'

const PATHS: Readonly<Record<Section, string>> = {
  dashboard: '/admin',
  turn: '/admin/turn',
  certificate: '/admin/certificate',
}

const SECTIONS: readonly Section[] = ['turn', 'certificate']

/** Which part of the page is shown; the browser's address says the same. */
export class Route {
  readonly #section = signal<Section>('dashboard')
  readonly #push: (path: string) => void

  readonly section: ReadonlySignal<Section> = this.#section

  /** `push` puts an address into the browser's history. */
  constructor(path: string, push: (path: string) => void) {
    this.#push = push
    this.follow(path)
  }

  /** Shows what an address stands for, as when the reader goes back. */
  follow(path: string): void {
    const bare = path.replace(/\/$/, '')
    this.#section.value = SECTIONS.find((section) => PATHS[section] === bare) ?? 'dashboard'
  }

  /** Goes to a part, as when the reader follows a link of the page. */
  open(section: Section): void {
    if (section === this.#section.value) return
    this.#section.value = section
    this.#push(PATHS[section])
  }

  pathOf(section: Section): string {
    return PATHS[section]
  }
}
