import type { Status } from '#api'
import { quietStatus } from '../../../ui/server/test/sample-status.ts'
import { AlertWindow } from '../alert-window.ts'
import type { AlertFacts, AlertLevels, AlertRule } from '../rule.ts'
import { alertRules } from '../rules.ts'
import { newStanding, type Standing, step } from '../standing.ts'

/** When scenes begin. */
export const START_MS = 1_800_000_000_000

/** The levels of an appliance whose configuration says nothing. */
export const LEVELS: AlertLevels = {
  cpuPercent: 70,
  lossPercent: 3,
  rttMs: 300,
  diskPercent: 85,
  certificateDays: 14,
}

/** A quiet appliance on which nothing is wrong. */
export function quiet(atMs: number): Status {
  const { kernel, ...status } = quietStatus(atMs)
  return {
    ...status,
    kernel: {
      ...kernel,
      udpReceiveBufferErrors: 100,
      softnetDropped: 7,
      conntrack: { count: 1, max: 100 },
      relayPorts: { used: 0, total: 100 },
    },
  }
}

/** What a scene changes of the quiet appliance; all but the status is as in `AlertFacts`. */
export type Moment = Readonly<{ status?: Partial<Status> } & Partial<Omit<AlertFacts, 'status'>>>

/** How one rule stands while time goes on. */
export class RuleScene {
  readonly rule: AlertRule
  standing: Standing = newStanding(START_MS)
  shown = ''
  #atMs = START_MS
  readonly #window = new AlertWindow()

  constructor(id: string, levels: AlertLevels = LEVELS) {
    const rule = alertRules(levels).find((each) => each.id === id)
    if (rule === undefined) throw new Error(`there is no rule ${id}`)
    this.rule = rule
  }

  /** Lets seconds pass in which things are so; answers the state after them. */
  pass(seconds: number, moment: (second: number) => Moment = () => ({})): string {
    for (let second = 0; second < seconds; second++) {
      this.#atMs += 1000
      const { status, ...more } = moment(second)
      const facts = {
        isClockSynchronized: true,
        foundAddress: '198.51.100.7',
        ...more,
        status: { ...quiet(this.#atMs), ...status },
      }
      this.#window.take(facts.status)
      const measured = this.rule.measure(facts, this.#window)
      this.shown = measured?.shown ?? ''
      this.standing = step(this.rule, this.standing, measured, this.#atMs)
    }
    return this.standing.state
  }
}
