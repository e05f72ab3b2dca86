import type { Health, Status, Verdict } from '#api'
import { OWN_COMMAND } from '../own-command.ts'
import { missingKernelSettings } from '../telemetry/kernel.ts'

/** Everything that health is judged by. */
export type HealthFacts = Omit<Status, 'health'>

const RANK: Readonly<Record<Verdict['level'], number>> = { bad: 0, warn: 1, note: 2 }

/** Sums up what is wrong, the worst first, and says it in one line. */
export function judgeHealth(facts: HealthFacts): Health {
  const verdicts = [
    ...serviceVerdicts(facts),
    ...certificateVerdicts(facts),
    ...settingsVerdicts(facts),
    ...kernelVerdicts(facts),
  ].sort((a, b) => RANK[a.level] - RANK[b.level])
  const [worst] = verdicts
  if (worst === undefined || worst.level === 'note') {
    const names = facts.services.map((service) => service.name).join(', ')
    return { level: 'ok', text: `Everything works: ${names}.`, verdicts }
  }
  const others = verdicts.filter(({ level }) => level !== 'note').length - 1
  const more = others > 0 ? ` And ${others} more, see below.` : ''
  return { level: worst.level, text: `${worst.text}${more}`, verdicts }
}

function serviceVerdicts({ services }: HealthFacts): readonly Verdict[] {
  if (services.length === 0) {
    return [{ id: 'services', level: 'bad', text: 'No service has reported yet.', fix: '' }]
  }
  return services
    .filter(({ ok }) => !ok)
    .map(({ name, detail }) => ({
      id: `service:${name}`,
      level: 'bad',
      text: `${name} does not work: ${detail.replace(/\.$/, '')}.`,
      fix: 'The log says more.',
      ...(name === 'relay' ? { section: 'turn' as const } : {}),
    }))
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

function kernelVerdicts({ kernel }: HealthFacts): readonly Verdict[] {
  const missing = missingKernelSettings(kernel)
  if (missing.length === 0) return []
  return [
    {
      id: 'kernel-buffers',
      level: 'warn',
      text: 'The kernel’s buffers for packets are small: busy calls can lose sound.',
      fix: `Enlarge them (${missing.join(', ')}).`,
      command: `sudo ${OWN_COMMAND} tune --apply`,
      section: 'kernel',
    },
  ]
}
