import { machineRules } from './machine-rules.ts'
import { peopleRules } from './people-rules.ts'
import type { AlertLevels, AlertRule } from './rule.ts'
import { serviceRules } from './service-rules.ts'

/** Every alert there is, in the order that the page shows them in. */
export function alertRules(levels: AlertLevels): readonly AlertRule[] {
  return [...serviceRules(levels), ...peopleRules(levels), ...machineRules(levels)]
}
