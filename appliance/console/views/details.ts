import type { Facts } from '../facts.ts'
import type { Line } from '../text.ts'
import {
  adminLines,
  certificateLines,
  networkLines,
  stateLines,
  warningWithFix,
} from './sections.ts'

/** Draws everything that is known, each warning with what to do about it. */
export function detailsLines(facts: Facts, columns: number): readonly Line[] {
  const sections: readonly (readonly Line[])[] = [
    adminLines(facts, columns, false),
    stateLines(facts, columns),
    networkLines(facts, columns),
    certificateLines(facts, columns),
    ...facts.warnings.map((warning) => warningWithFix(warning, columns)),
  ]
  const lines = sections.filter((section) => section.length > 0)
  return lines.flatMap((section, index) => (index === 0 ? section : [[], ...section]))
}
