import { usageRule } from './machine-rules.ts'
import {
  type AlertLevels,
  type AlertRule,
  countMeasured,
  MINUTE_MS,
  SECOND_MS,
  shareMeasured,
} from './rule.ts'

/** What is wrong with the appliance itself and how it is reached. */
export function serviceRules({ certificateDays }: AlertLevels): readonly AlertRule[] {
  return [
    serviceRule,
    workerRule,
    certificateRule(certificateDays),
    addressRule,
    turnRule,
    usageRule({
      id: 'relay-ports',
      title: 'The relay’s ports run out',
      severity: 'critical',
      limit: 80,
      condition: 'more than 80 % of the relay ports are in use for 1 minute',
      measure: ({ status: { kernel } }) =>
        shareMeasured(kernel.relayPorts.used, kernel.relayPorts.total),
      text: 'When they are all in use, people who need the relay are refused.',
      fix: 'Widen turn.relay_port_min to turn.relay_port_max, and let those ports through the firewall.',
      section: 'turn',
    }),
  ]
}

const serviceRule: AlertRule = {
  id: 'service',
  title: 'A service does not work',
  severity: 'critical',
  condition: 'a service says so for 30 seconds',
  fires: 0,
  resolves: 0,
  forMs: 30 * SECOND_MS,
  clearMs: 15 * SECOND_MS,
  measure: ({ status: { services } }) => {
    const names = services.filter(({ ok }) => !ok).map(({ name }) => name)
    return { value: names.length, shown: names.length === 0 ? 'all work' : names.join(', ') }
  },
  text: 'Part of the appliance is not there for people.',
  fix: 'The dashboard says what it lacks, and the log says more.',
  section: 'dashboard',
}

const workerRule: AlertRule = {
  id: 'worker',
  title: 'A worker process died',
  severity: 'critical',
  condition: 'any in the last 10 minutes',
  fires: 0,
  resolves: 0,
  forMs: 0,
  clearMs: SECOND_MS,
  measure: (_facts, window) =>
    countMeasured(
      window.growth((sample) => sample.deaths, 10 * MINUTE_MS),
      'the last 10 minutes',
    ),
  text: 'Its calls or relays were cut and have to connect anew; another has taken its place.',
  fix: 'Send the log and a support file (callbox support) to whoever maintains this.',
}

function certificateRule(days: number): AlertRule {
  return {
    id: 'certificate',
    title: 'The certificate runs out',
    severity: 'warning',
    condition: `fewer than ${days} days are left`,
    fires: days,
    resolves: days + 1,
    isBelow: true,
    forMs: 0,
    clearMs: 0,
    measure: ({ status: { certificateDaysLeft: left } }) => {
      if (left === undefined) return undefined
      return {
        value: left,
        shown: left < 0 ? 'expired' : `${left} ${left === 1 ? 'day' : 'days'} left`,
      }
    },
    text: 'Once it has expired, browsers and apps refuse to connect.',
    fix: 'Renew it, or see on the certificate page why it does not renew itself.',
    section: 'certificate',
  }
}

const addressRule: AlertRule = {
  id: 'address',
  title: 'The public address has changed',
  severity: 'critical',
  condition: 'it is found to be another than the announced one, twice in a row',
  fires: 0,
  resolves: 0,
  forMs: 0,
  clearMs: 0,
  measure: ({ status: { address }, foundAddress }) => {
    if (foundAddress === undefined) return undefined
    return foundAddress === address.ip
      ? { value: 0, shown: `still ${address.ip}` }
      : { value: 1, shown: `${address.ip} became ${foundAddress}` }
  },
  text: 'Clients are still told the old one: nobody who newly comes connects.',
  fix: 'Restart Callbox, which announces the new one, and correct the DNS record. Better: a fixed address.',
  section: 'dashboard',
}

const turnRule: AlertRule = {
  id: 'turn-refused',
  title: 'The relay refuses people for want of room',
  severity: 'warning',
  condition: 'any refusal (486, 508) in the last 5 minutes',
  fires: 0,
  resolves: 0,
  forMs: 0,
  clearMs: 5 * MINUTE_MS,
  measure: (_facts, window) =>
    countMeasured(
      window.growth((sample) => sample.relaysRefused, 5 * MINUTE_MS),
      'the last 5 minutes',
    ),
  text: 'A limit is reached: people behind strict firewalls do not get into calls.',
  fix: 'Raise turn.limits or widen the relay ports; the TURN page shows who has how many.',
  section: 'turn',
}
