/** `2.4 Mbit/s`; three figures are enough to compare. */
export function formatBitRate(bitsPerSecond: number): string {
  return `${scaled(bitsPerSecond, 1000, ['', 'k', 'M', 'G', 'T'])}bit/s`
}

/** `16.0 MB`, counted in thousands as disks and networks are. */
export function formatBytes(bytes: number): string {
  return `${scaled(bytes, 1000, ['', 'k', 'M', 'G', 'T'])}B`
}

/** `37 %`; below ten with one decimal. */
export function formatPercent(percent: number): string {
  return `${percent.toFixed(percent > 0 && percent < 9.95 ? 1 : 0)} %`
}

/** `1 day 2 h`, `3 h 5 min`, `12 min`, `8 s`: as exact as one wants to read it. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const days = Math.floor(whole / 86_400)
  const hours = Math.floor(whole / 3600) % 24
  const minutes = Math.floor(whole / 60) % 60
  if (days > 0) return `${days} ${days === 1 ? 'day' : 'days'} ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  if (minutes > 0) return `${minutes} min`
  return `${whole} s`
}

/** Local time of day, `14:03:22`. */
export function formatTime(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB')
}

/** Local date and time, `22 Nov 2026, 14:03`. */
export function formatDateTime(atMs: number): string {
  return new Date(atMs).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
}

/** Short local day and time, `22 Nov 14:03`. */
export function formatDayTime(atMs: number): string {
  const day = new Date(atMs).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
  return `${day} ${formatTime(atMs).slice(0, 5)}`
}

/** `84 ms`, `2.1 s`. */
export function formatMs(ms: number): string {
  if (ms >= 999.5) return `${(ms / 1000).toFixed(1)} s`
  return `${ms.toFixed(ms > 0 && ms < 9.95 ? 1 : 0)} ms`
}

/** A count with thin spaces between thousands: `262 144`. */
export function formatNumber(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

/** `1 person`, `3 people`. */
export function formatCount(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

function scaled(value: number, step: number, prefixes: readonly string[]): string {
  let rest = Math.max(0, value)
  let index = 0
  while (rest >= step - step / 2000 && index < prefixes.length - 1) {
    rest /= step
    index++
  }
  const digits = index === 0 || rest >= 99.95 ? 0 : 1
  return `${rest.toFixed(digits)} ${prefixes[index]}`
}
