import type { AlertWindow } from './alert-window.ts'
import {
  type AlertLevels,
  type AlertRule,
  type Measured,
  MINUTE_MS,
  percentMeasured,
  SECOND_MS,
} from './rule.ts'

/** Fewer attempts or people say nothing: one of three would be a third. */
const LEAST_ATTEMPTS = 20
const LEAST_PEOPLE = 5

/** A share of relays that small is no matter, twice as much neither. */
const LEAST_RELAY_SHARE = 0.1

/** Means over so long even out what comes and goes within seconds. */
const SMOOTH_MS = 15 * SECOND_MS

/** What people in calls feel. */
export function peopleRules({ lossPercent, rttMs }: AlertLevels): readonly AlertRule[] {
  return [lossRule(lossPercent), rttRule(rttMs), connectRule, relayShareRule]
}

function lossRule(percent: number): AlertRule {
  return {
    id: 'loss',
    title: 'Packets are lost',
    severity: 'warning',
    condition: `the worst twentieth of people (p95) loses more than ${percent} % for 1 minute`,
    fires: percent,
    resolves: percent * 0.6,
    forMs: MINUTE_MS,
    clearMs: 2 * MINUTE_MS,
    measure: (_facts, window) => {
      const loss = window.mean((sample) => sample.lossPercent, SMOOTH_MS)
      return loss === undefined ? undefined : percentMeasured(loss)
    },
    text: 'People hear gaps, and pictures stand still.',
    fix: 'The calls page says who loses packets, and most likely why.',
    section: 'calls',
  }
}

function rttRule(limitMs: number): AlertRule {
  return {
    id: 'rtt',
    title: 'Packets take long',
    severity: 'warning',
    condition: `the round trip of the worst twentieth of people (p95) is above ${limitMs} ms for 1 minute`,
    fires: limitMs,
    resolves: limitMs * 0.75,
    forMs: MINUTE_MS,
    clearMs: 2 * MINUTE_MS,
    measure: (_facts, window) => {
      const rtt = window.mean((sample) => sample.rttMs, SMOOTH_MS)
      return rtt === undefined ? undefined : { value: rtt, shown: `${Math.round(rtt)} ms` }
    },
    text: 'People talk into each other.',
    fix: 'The calls page says who it is. If it is everybody, look at this machine’s own link.',
    section: 'calls',
  }
}

const connectRule: AlertRule = {
  id: 'connect',
  title: 'People do not get into calls',
  severity: 'critical',
  condition: `more than 5 % of the last hour’s connections failed, of at least ${LEAST_ATTEMPTS}`,
  fires: 5,
  resolves: 3,
  forMs: MINUTE_MS,
  clearMs: 5 * MINUTE_MS,
  measure: ({ status }) => {
    const { attempts, failures } = status.connects
    if (attempts < LEAST_ATTEMPTS) return undefined
    const { value, shown } = percentMeasured((failures / attempts) * 100)
    return { value, shown: `${shown} (${failures} of ${attempts})` }
  },
  text: 'They are in the room, but hear and see nothing.',
  fix: 'Most likely a port is blocked: the calls page says from which networks, the TURN page tests the relay.',
  section: 'calls',
}

const relayShareRule: AlertRule = {
  id: 'relay-share',
  title: 'Many more people need the relay',
  severity: 'warning',
  condition: `the share of relayed people is more than twice that of the hour before, with at least ${LEAST_PEOPLE} people in calls, for 2 minutes`,
  fires: 2,
  resolves: 1.5,
  forMs: 2 * MINUTE_MS,
  clearMs: 5 * MINUTE_MS,
  measure: (_facts, window) => relayJump(window),
  text: 'Something between people and this server has begun to block UDP.',
  fix: 'Look at what has changed in firewalls, at the provider or at the public address; the calls page says which networks it is.',
  section: 'calls',
}

/** How many times the share of the hour before; `undefined` while too few people tell. */
function relayJump(window: AlertWindow): Measured | undefined {
  const share = ({ relayed, connected }: Readonly<{ relayed: number; connected: number }>) =>
    connected >= LEAST_PEOPLE ? relayed / connected : undefined
  const recentMs = 3 * MINUTE_MS
  const now = window.mean(share, recentMs)
  const before = window.mean(share, 60 * MINUTE_MS, recentMs)
  if (now === undefined || before === undefined) return undefined
  const percent = (part: number) => `${Math.round(part * 100)} %`
  return {
    value: now / Math.max(before, LEAST_RELAY_SHARE),
    shown: `${percent(now)}, before ${percent(before)}`,
  }
}
