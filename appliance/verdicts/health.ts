import type { AlertStatus, Health, Status, Verdict } from '#api'
import { doorName } from '../relay/door-names.ts'
import { addressVerdicts, kernelVerdicts } from './machine-verdicts.ts'

/** What health is judged by, of the status itself. */
export type HealthFacts = Omit<Status, 'health'>

/** What health is judged by besides: what was found in calls, and the alerts that fire and are not silenced. */
export type HealthNews = Readonly<{
  findings: readonly Verdict[]
  alerts: readonly AlertStatus[]
}>

const NO_NEWS: HealthNews = { findings: [], alerts: [] }

const RANK: Readonly<Record<Verdict['level'], number>> = { bad: 0, warn: 1, note: 2 }

/** Sums up what is wrong, the worst first, and says it in one line. */
export function judgeHealth(facts: HealthFacts, news: HealthNews = NO_NEWS): Health {
  const ours = [
    ...serviceVerdicts(facts),
    ...relayVerdicts(facts),
    ...admissionVerdicts(facts),
    ...certificateVerdicts(facts),
    ...addressVerdicts(facts),
    ...settingsVerdicts(facts),
    ...kernelVerdicts(facts),
  ]
  const verdicts = [...ours, ...alertVerdicts(news.alerts, ours), ...news.findings].sort(
    (a, b) => RANK[a.level] - RANK[b.level],
  )
  const [worst] = verdicts
  if (worst === undefined || worst.level === 'note') {
    const names = facts.services.map((service) => service.name).join(', ')
    return { level: 'ok', text: `Everything works: ${names}.`, verdicts }
  }
  const others = verdicts.filter(({ level }) => level !== 'note').length - 1
  const more = others > 0 ? ` And ${others} more, see below.` : ''
  return { level: worst.level, text: `${worst.text}${more}`, verdicts }
}

function serviceVerdicts({ services, relay }: HealthFacts): readonly Verdict[] {
  if (services.length === 0) {
    return [{ id: 'services', level: 'bad', text: 'No service has reported yet.', fix: '' }]
  }
  const isTested = relay?.results.some(({ ok }) => !ok) === true
  return services
    .filter(({ ok, name }) => !ok && !(name === 'relay' && isTested))
    .map(({ name, detail }) => ({
      id: `service:${name}`,
      level: 'bad',
      text: `${name} does not work: ${detail.replace(/\.$/, '')}.`,
      fix: 'The log says more.',
      ...(name === 'relay' ? { section: 'turn' as const } : {}),
    }))
}

/** Doors with the same problem are one verdict; without UDP the relay is of no use. */
function relayVerdicts({ relay }: HealthFacts): readonly Verdict[] {
  const failed = (relay?.results ?? []).filter(({ ok }) => !ok)
  const byProblem = Map.groupBy(failed, ({ problem }) => problem ?? 'It failed.')
  return [...byProblem].map(([problem, results]) => {
    const doors = results.map(({ transport }) => doorName(transport))
    return {
      id: `relay:${results.map(({ transport }) => transport).join('+')}`,
      level: results.some(({ transport }) => transport === 'udp') ? 'bad' : 'warn',
      text: `The relay does not work over ${doors.join(', ')}: ${problem}`,
      fix: results.find(({ fix }) => fix !== undefined)?.fix ?? '',
      section: 'turn',
    }
  })
}

function admissionVerdicts({ capacity }: HealthFacts): readonly Verdict[] {
  const { admission, reason = 'this machine is at its limit' } = capacity
  if (admission === 'all') return []
  const isShut = admission === 'nobody'
  const who = isShut ? 'Nobody newly comes into calls' : 'Cameras and screens are refused'
  return [
    {
      id: 'admission',
      level: isShut ? 'bad' : 'warn',
      text: `${who}, so that those who are there keep their sound: ${reason.replace(/\.$/, '')}.`,
      fix: 'It ends by itself when there is room. Give the machine more cores, or move other work away.',
      section: 'dashboard',
    },
  ]
}

function certificateVerdicts({ certificate }: HealthFacts): readonly Verdict[] {
  if (certificate === undefined) return []
  const { expired, message, fix } = certificate
  return [
    {
      id: 'certificate',
      level: expired ? 'bad' : 'warn',
      text: message,
      fix,
      section: 'certificate',
    },
  ]
}

function settingsVerdicts({ settings }: HealthFacts): readonly Verdict[] {
  if (settings === undefined) return []
  const { message, fix } = settings
  return [{ id: 'settings', level: 'warn', text: message, fix, section: 'settings' }]
}

/** What an alert repeats that is said in other words already. */
const SAID_BY: Readonly<Record<string, RegExp>> = {
  service: /^(service:|relay:)/,
  certificate: /^certificate$/,
}

function alertVerdicts(
  alerts: readonly AlertStatus[],
  ours: readonly Verdict[],
): readonly Verdict[] {
  return alerts
    .filter(({ id }) => !ours.some((verdict) => SAID_BY[id]?.test(verdict.id) === true))
    .map(({ id, severity, title, value, text, fix, section = 'alerts' }) => ({
      id: `alert:${id}`,
      level: severity === 'critical' ? 'bad' : 'warn',
      text: `${title} (${value}). ${text}`,
      fix,
      section,
    }))
}
