import type { HistoryPoint } from '#api'

/** Ten minutes at one point a second. */
const CAPACITY = 600

/** The last points, oldest first. */
export interface History {
  /** Takes one point from the source, drops the oldest if full, and tells the listeners. */
  record(): HistoryPoint
  points(): readonly HistoryPoint[]
  /** Calls back with each new point; returns the way to stop that. */
  onPoint(listener: (point: HistoryPoint) => void): () => void
}

/** Creates a history of `takePoint`'s answers, kept in memory; `record` is called once a second. */
export function createHistory(takePoint: () => HistoryPoint, capacity: number = CAPACITY): History {
  const listeners = new Set<(point: HistoryPoint) => void>()
  const ring: HistoryPoint[] = []
  let oldest = 0
  return {
    record() {
      const point = takePoint()
      if (ring.length < capacity) {
        ring.push(point)
      } else {
        ring[oldest] = point
        oldest = (oldest + 1) % capacity
      }
      for (const listener of listeners) listener(point)
      return point
    },
    points: () => [...ring.slice(oldest), ...ring.slice(0, oldest)],
    onPoint(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
