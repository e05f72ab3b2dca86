/**
 * The earliest major versions that are not called old: those from which on browsers have what the
 * call page and livekit-client 2 build on, and are still repaired by somebody.
 */
const OLDEST: ReadonlyMap<string, number> = new Map([
  ['livekit-client', 2],
  ['chrome', 120],
  ['chromium', 120],
  ['edge', 120],
  ['firefox', 115],
  ['safari', 16],
])

/** Client names are the client's own words: no more of them is read than any has. */
const MAX_CLIENT_LENGTH = 300

/** Names the part of a client (`livekit-client 1.15.2, Chrome 98, Linux`) that is old; `undefined` when none is. */
export function oldClientWords(client: string): string | undefined {
  for (const part of client.slice(0, MAX_CLIENT_LENGTH).split(',')) {
    const [, name = '', major = ''] =
      /^\s*([a-z][a-z -]{1,40}?)\s+(\d{1,6})(?:\.|\s|$)/i.exec(part) ?? []
    const oldest = OLDEST.get(name.toLowerCase())
    if (oldest !== undefined && Number(major) < oldest) return `${name} ${major}`
  }
  return undefined
}
