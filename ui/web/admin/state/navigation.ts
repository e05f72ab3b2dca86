import type { AdminSection, Status } from '#api'
import { formatCount } from './format.ts'
import { SECTIONS } from './route.ts'
import { isUnhappy } from './wording.ts'

type Place = Readonly<{ section: AdminSection; label: string; key: string }>

/** A heading of the navigation and the parts of the page under it. */
export type NavigationGroup = Readonly<{ title: string; places: readonly Place[] }>

/** The key that goes to each part, after `g`. */
const KEYS: Readonly<Record<AdminSection, string>> = {
  dashboard: 'd',
  calls: 'c',
  alerts: 'a',
  turn: 't',
  connect: 'o',
  certificate: 'e',
  settings: 's',
  kernel: 'k',
  users: 'u',
}

const GROUPS: readonly Readonly<{ title: string; sections: readonly AdminSection[] }>[] = [
  { title: 'Operate', sections: ['dashboard', 'calls', 'alerts', 'turn'] },
  { title: 'Set up', sections: ['connect', 'settings', 'certificate', 'kernel', 'users'] },
]

/** The parts that exist, by what one does there. */
export function navigationGroups(
  sections: readonly Readonly<{ section: AdminSection; label: string }>[] = SECTIONS,
): readonly NavigationGroup[] {
  return GROUPS.map(({ title, sections: wanted }) => ({
    title,
    places: wanted.flatMap((section) => {
      const found = sections.find((each) => each.section === section)
      return found ? [{ ...found, key: KEYS[section] }] : []
    }),
  })).filter(({ places }) => places.length > 0)
}

/** A figure beside a part that needs to be looked at; `text` says what it counts. */
export type NavigationBadge = Readonly<{ tone: 'bad' | 'warn'; figure: string; text: string }>

/** What the navigation counts beside a part, `undefined` while that is nothing. */
export function navigationBadge(
  section: AdminSection,
  status: Status | undefined,
): NavigationBadge | undefined {
  if (status === undefined) return undefined
  if (section === 'alerts' && status.alertsFiring > 0) {
    const text = `${formatCount(status.alertsFiring, 'alert fires', 'alerts fire')}`
    return { tone: 'bad', figure: String(status.alertsFiring), text }
  }
  if (section !== 'calls') return undefined
  const unhappy = status.rooms.flatMap((room) => room.participants.filter(isUnhappy)).length
  if (unhappy === 0) return undefined
  const text = formatCount(unhappy, 'person has', 'people have')
  return { tone: 'warn', figure: String(unhappy), text: `${text} a poor connection` }
}
