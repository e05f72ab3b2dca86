import type { HistoryRange } from '#api'
import { createJsonApi, type Reply } from './json-api.ts'
import type { Span } from './time-range.ts'

/** Points of the past as the page asks for them. */
export interface HistoryClient {
  range(span: Span, points: number): Promise<Reply<HistoryRange>>
}

/** Speaks to the server that the page came from. */
export function createHistoryClient(fetchJson: typeof fetch): HistoryClient {
  const { read } = createJsonApi(fetchJson)
  return {
    range: ({ fromMs, toMs }, points) =>
      read(`/api/admin/history?from=${fromMs}&to=${toMs}&points=${points}`),
  }
}

/** Where a script finds the same as a file. */
export function historyFilePath({ fromMs, toMs }: Span): string {
  return `/api/admin/history.csv?from=${Math.round(fromMs)}&to=${Math.round(toMs)}`
}
