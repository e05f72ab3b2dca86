const defaultLifetimeSeconds = 600 // RFC 8656 §3.2
const longestLifetimeSeconds = 3600 // RFC 8656 §7.2 recommends an hour

/** Seconds an allocation is granted: the request, at most an hour, at least the default (RFC 8656 §7.2). */
export function grantedLifetimeSeconds(requested: number | undefined): number {
  const wanted = Math.min(requested ?? defaultLifetimeSeconds, longestLifetimeSeconds)
  return Math.max(wanted, defaultLifetimeSeconds)
}
