import { OWN_COMMAND } from '../own-command.ts'
import type { Sample } from './alert-window.ts'
import {
  type AlertLevels,
  type AlertRule,
  countMeasured,
  MINUTE_MS,
  percentMeasured,
  SECOND_MS,
  shareMeasured,
} from './rule.ts'

type Kind = Pick<AlertRule, 'id' | 'title' | 'severity' | 'text' | 'fix' | 'section'>

/** What the machine under the calls lacks. */
export function machineRules({ cpuPercent, diskPercent }: AlertLevels): readonly AlertRule[] {
  return [
    ...dropRules,
    cpuRule(cpuPercent),
    mediaWorkerRule,
    stealRule,
    usageRule({
      id: 'conntrack',
      title: 'The table of connections is almost full',
      severity: 'critical',
      limit: 80,
      condition: 'the kernel’s connection tracking is fuller than 80 % for 1 minute',
      measure: ({ status: { kernel } }) =>
        kernel.conntrack && shareMeasured(kernel.conntrack.count, kernel.conntrack.max),
      text: 'When it is full, the kernel drops packets of people who newly come.',
      fix: 'Raise net.netfilter.nf_conntrack_max, or leave the media and relay ports out of tracking (the firewall of callbox does).',
      section: 'kernel',
    }),
    usageRule({
      id: 'disk',
      title: 'The disk is almost full',
      severity: 'warning',
      limit: diskPercent,
      condition: `the disk of the data directory is fuller than ${diskPercent} % for 1 minute`,
      measure: ({ status: { disk } }) =>
        disk && shareMeasured(disk.totalBytes - disk.freeBytes, disk.totalBytes),
      text: 'Without room, settings, certificates and history cannot be saved.',
      fix: 'Remove what is not needed, or enlarge the disk.',
    }),
    clockRule,
  ]
}

const dropRules: readonly AlertRule[] = [
  dropRule((sample) => sample.udpErrors, {
    id: 'udp-errors',
    title: 'The kernel drops UDP packets',
    severity: 'warning',
    text: 'A program did not fetch packets in time and its buffer was full; for calls that is loss.',
    fix: `Enlarge the buffers: sudo ${OWN_COMMAND} tune --apply. If they are large, the processor is too busy.`,
    section: 'kernel',
  }),
  dropRule((sample) => sample.softnetDrops, {
    id: 'softnet',
    title: 'The network card’s queue overflows',
    severity: 'warning',
    text: 'Packets come faster than the kernel takes them from the card.',
    fix: `Enlarge the queue: sudo ${OWN_COMMAND} tune --apply. Else give the machine more cores or spread the card’s interrupts.`,
    section: 'kernel',
  }),
]

/** Any drop is one too many; they come in bursts, and ten minutes without are the end of it. */
function dropRule(of: (sample: Sample) => number, kind: Kind): AlertRule {
  return {
    ...kind,
    condition: 'any in the last minute; resolved after 10 minutes without',
    fires: 0,
    resolves: 0,
    forMs: 0,
    clearMs: 10 * MINUTE_MS,
    measure: (_facts, window) => countMeasured(window.growth(of, MINUTE_MS), 'the last minute'),
  }
}

function cpuRule(percent: number): AlertRule {
  return {
    id: 'cpu',
    title: 'The processor is busy',
    severity: 'warning',
    condition: `all cores together are busier than ${percent} % for 3 minutes`,
    fires: percent,
    resolves: percent * 0.85,
    forMs: 3 * MINUTE_MS,
    clearMs: 3 * MINUTE_MS,
    measure: (_facts, window) => meanPercent(window.mean((one) => one.cpuPercent, MINUTE_MS)),
    text: 'Beyond that, packets wait and sound suffers.',
    fix: 'Give the machine more cores, move other work away, or let fewer people share screens.',
  }
}

const mediaWorkerRule: AlertRule = {
  id: 'media-worker',
  title: 'A media worker is at its limit',
  severity: 'critical',
  condition: 'the busiest takes more than 85 % of a core for 1 minute',
  fires: 85,
  resolves: 75,
  forMs: MINUTE_MS,
  clearMs: 2 * MINUTE_MS,
  measure: (_facts, window) =>
    meanPercent(window.mean((one) => one.mediaWorkerPercent, 30 * SECOND_MS)),
  text: 'One call stays on one worker: the calls there lose sound next.',
  fix: 'End or split the largest call there, or use faster cores.',
  section: 'calls',
}

const stealRule: AlertRule = {
  id: 'steal',
  title: 'Other virtual machines take our processor',
  severity: 'warning',
  condition: 'steal is above 5 % for 2 minutes',
  fires: 5,
  resolves: 3,
  forMs: 2 * MINUTE_MS,
  clearMs: 5 * MINUTE_MS,
  measure: (_facts, window) => meanPercent(window.mean((one) => one.stealPercent, MINUTE_MS)),
  text: 'The host gives this machine less time than it needs; packets wait, and nothing here can help.',
  fix: 'Have the host’s administrators reserve processors for this machine, or move it.',
}

const clockRule: AlertRule = {
  id: 'clock',
  title: 'The clock is not synchronized',
  severity: 'warning',
  condition: 'the system says so for 10 minutes',
  fires: 0,
  resolves: 0,
  forMs: 10 * MINUTE_MS,
  clearMs: MINUTE_MS,
  measure: ({ isClockSynchronized: is }) => {
    if (is === undefined) return undefined
    return is ? { value: 0, shown: 'synchronized' } : { value: 1, shown: 'not synchronized' }
  },
  text: 'TURN passwords and access tokens hold for a time: with a wrong clock they are refused.',
  fix: 'Turn time synchronization on (timedatectl set-ntp true) and let NTP through.',
}

/** A rule on how full something is, which lets go ten points lower. */
export function usageRule({
  limit,
  ...rule
}: Omit<AlertRule, 'fires' | 'resolves' | 'forMs' | 'clearMs'> & { limit: number }): AlertRule {
  return {
    ...rule,
    fires: limit,
    resolves: limit - Math.min(10, (100 - limit) / 3),
    forMs: MINUTE_MS,
    clearMs: 2 * MINUTE_MS,
  }
}

function meanPercent(value: number | undefined) {
  return value === undefined ? undefined : percentMeasured(value)
}
