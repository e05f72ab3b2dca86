import type { Capacity } from '#api'
import { formatNumber } from './format.ts'

const LIMITS: Readonly<Record<NonNullable<Capacity['limit']>, string>> = {
  cpu: 'Processor time runs out first.',
  'media-worker': 'The busiest media worker runs out first.',
  network: 'The link runs out first.',
  memory: 'Memory runs out first.',
  relay: 'TURN relays run out first.',
}

/** What runs out first, in a sentence; empty while that is not known. */
export function limitWords({ limit }: Capacity): string {
  return limit === undefined ? '' : LIMITS[limit]
}

/** Whom the box lets in. */
export type AdmissionWords = Readonly<{ tone: 'ok' | 'warn' | 'bad'; word: string; text: string }>

/** The admission state in a word, and why where not everybody is let in. */
export function admissionWords({ admission, reason = '' }: Capacity): AdmissionWords {
  if (admission === 'all') return { tone: 'ok', word: 'Everybody is let in', text: '' }
  if (admission === 'no-video') {
    return { tone: 'warn', word: 'No more screens and cameras', text: reason }
  }
  return { tone: 'bad', word: 'Nobody is let in', text: reason }
}

/** How many more; "–" while nothing is measured. */
export function moreWords(count: number | undefined): string {
  return count === undefined ? '–' : `+${formatNumber(count)}`
}
