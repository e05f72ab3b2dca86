import type { Page } from 'playwright-core'
import type { HistoryPoint, HistoryRange } from '#api'
import { busyPoint, quietPoint } from './sample-status.ts'

/** Nothing was recorded for this share of each range, as while a server was off. */
const GAP = { from: 0.4, to: 0.5 }

/** A past of calls that come and go, with a gap; what `GET /api/admin/history` answers. */
export function sampleHistory(fromMs: number, toMs: number, points: number): HistoryRange {
  const stepMs = Math.max(1000, Math.ceil((toMs - fromMs) / points / 1000) * 1000)
  const moments = Array.from({ length: Math.floor((toMs - fromMs) / stepMs) }, (_, n) => n)
  const recorded = moments.filter((n) => {
    const share = n / moments.length
    return share < GAP.from || share >= GAP.to
  })
  return {
    fromMs,
    toMs,
    stepMs,
    oldestMs: fromMs,
    points: recorded.map((n) => wavePoint(fromMs + n * stepMs, n)),
  }
}

/** Between quiet and busy, the same for the same `n`. */
export function wavePoint(atMs: number, n: number): HistoryPoint {
  const quiet = quietPoint(atMs)
  const busy = busyPoint(atMs)
  const level = Math.max(0, 0.45 + 0.4 * Math.sin(n / 45) + 0.15 * Math.sin(n / 3.7))
  const mix = (a: number, b: number) => a + (b - a) * level
  if (level < 0.1) return quiet
  const people = Math.round(8 * level)
  return {
    ...busy,
    cpuTotalPercent: mix(quiet.cpuTotalPercent, busy.cpuTotalPercent),
    cpuStealPercent: mix(0, 3 * Math.abs(Math.sin(n / 11))),
    cpuSoftirqPercent: mix(quiet.cpuSoftirqPercent, busy.cpuSoftirqPercent),
    mediaWorkerPercent: mix(quiet.mediaWorkerPercent, busy.mediaWorkerPercent),
    memoryUsedBytes: mix(quiet.memoryUsedBytes, busy.memoryUsedBytes),
    receivedBitsPerSecond: mix(quiet.receivedBitsPerSecond, busy.receivedBitsPerSecond),
    sentBitsPerSecond: mix(quiet.sentBitsPerSecond, busy.sentBitsPerSecond),
    receivedPacketsPerSecond: mix(quiet.receivedPacketsPerSecond, busy.receivedPacketsPerSecond),
    sentPacketsPerSecond: mix(quiet.sentPacketsPerSecond, busy.sentPacketsPerSecond),
    participants: people,
    rooms: Math.ceil(people / 3),
    tracks: { ...busy.tracks, microphone: people, screen_share: Math.round(2 * level) },
    paths: {
      udp: Math.ceil(people / 2),
      tcp: 0,
      'turn-udp': 1,
      'turn-tcp': Math.floor(people / 4),
      'turn-tls': 0,
    },
    turnAllocations: Math.floor(people / 2),
    turnBitsPerSecond: mix(0, busy.turnBitsPerSecond),
    lossUpPercent: 4 * level * Math.abs(Math.sin(n / 7)),
    lossDownPercent: level * Math.abs(Math.sin(n / 9)),
    jitterUpMs: 6 + 12 * level,
    jitterDownMs: 3 + 4 * level,
    rttMs: 30 + 50 * level,
    udpReceiveBufferErrors: n % 61 === 0 ? 3 : 0,
    socketDrops: n % 97 === 0 ? 2 : 0,
    turnRejections: n % 13 === 0 ? 1 : 0,
  }
}

/** Stands in for the past on a page, and tells what was asked. */
export async function serveSampleHistory(page: Page): Promise<URL[]> {
  const asked: URL[] = []
  await page.route('**/api/admin/history?*', (route) => {
    const url = new URL(route.request().url())
    asked.push(url)
    const number = (name: string) => Number(url.searchParams.get(name))
    return route.fulfill({ json: sampleHistory(number('from'), number('to'), number('points')) })
  })
  return asked
}
