import type { Capacity, DirectionQuality, MediaPath, Spread, Status } from '#api'
import { type Add, alone, oneOf, type Row } from './registry.ts'

const PATHS: readonly (MediaPath | 'connecting')[] = [
  'udp',
  'tcp',
  'turn-udp',
  'turn-tcp',
  'turn-tls',
  'connecting',
]
const ADMISSIONS: readonly Capacity['admission'][] = ['all', 'no-video', 'nobody']

/** Adds who is in calls, how well they hear one another, and how many more there is room for. */
export function addCalls(add: Add, status: () => Status): void {
  add({ name: 'rooms', help: 'Calls that run' }, () => alone(status().rooms.length))
  add({ name: 'participants', help: 'People in calls' }, () => alone(status().participants))
  add({ name: 'tracks', help: 'Published tracks that are not muted', labels: ['kind'] }, () =>
    Object.entries(status().tracks.active).map(([kind, count]) => [{ kind }, count]),
  )
  add({ name: 'tracks_published', help: 'Published tracks, muted ones too' }, () =>
    alone(status().tracks.published),
  )
  addPaths(add, status)
  addQuality(add, status)
  addCapacity(add, status)
}

function addPaths(add: Add, status: () => Status): void {
  add(
    { name: 'participants_by_path', help: 'People by the way their media takes', labels: ['path'] },
    () => PATHS.map((path) => [{ path }, status().paths[path]]),
  )
  add(
    {
      name: 'participants_by_ip_version',
      help: 'People by the IP version of that way',
      labels: ['version'],
    },
    () => (['ipv4', 'ipv6'] as const).map((version) => [{ version }, status().paths[version]]),
  )
  add({ name: 'connection_attempts', help: 'Connections begun within the last hour' }, () =>
    alone(status().connects.attempts),
  )
  add({ name: 'connection_failures', help: 'Those of the last hour that came to nothing' }, () =>
    alone(status().connects.failures),
  )
  add(
    {
      name: 'connection_time_seconds',
      help: 'From the join to media that flows, within the last hour',
      labels: ['percentile'],
    },
    () => spreadRows(status().connects.connectMs, {}, 1000),
  )
}

function addQuality(add: Add, status: () => Status): void {
  const labels = ['direction', 'percentile']
  const rows = (name: keyof DirectionQuality, per: number) => () =>
    (['up', 'down'] as const).flatMap((direction) =>
      spreadRows(status().quality[direction][name], { direction }, per),
    )
  add(
    { name: 'quality_loss_ratio', help: 'Share of packets that people lose', labels },
    rows('lossPercent', 100),
  )
  add(
    { name: 'quality_jitter_seconds', help: 'How unevenly packets arrive', labels },
    rows('jitterMs', 1000),
  )
  add(
    { name: 'quality_rtt_seconds', help: 'Round trips between people and us', labels },
    rows('rttMs', 1000),
  )
}

function spreadRows(
  spread: Spread | undefined,
  labels: Readonly<Record<string, string>>,
  per: number,
): readonly Row[] {
  if (spread === undefined) return []
  return [
    [{ ...labels, percentile: '50' }, spread.p50 / per],
    [{ ...labels, percentile: '95' }, spread.p95 / per],
  ]
}

function addCapacity(add: Add, status: () => Status): void {
  add(
    {
      name: 'capacity',
      help: 'So many more listeners, or speakers, or screens are carried; absent until measured',
      labels: ['for'],
    },
    () =>
      (['listeners', 'speakers', 'screens'] as const).flatMap((who): readonly Row[] => {
        const count = status().capacity[who]
        return count === undefined ? [] : [[{ for: who }, count]]
      }),
  )
  add({ name: 'admission', help: '1 for whom the box lets in', labels: ['state'] }, () =>
    oneOf('state', ADMISSIONS, status().capacity.admission),
  )
  add(
    {
      name: 'admission_refusals_total',
      help: 'Joins and videos refused for want of room',
      labels: ['what'],
      kind: 'counter',
    },
    () => Object.entries(status().capacity.refused).map(([what, count]) => [{ what }, count]),
  )
}
