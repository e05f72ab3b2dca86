import type { TurnDeniedPeer } from '#api'

/** Refusals of one IP for one reason: a client that tries many ports is one thing to know, not many. */
export type DeniedGroup = Readonly<{
  ip: string
  reason: string
  advice: string
  /** Ports that were named, lowest first; none when only the IP was. */
  ports: readonly number[]
  by: readonly TurnDeniedPeer['by'][]
  userIds: readonly string[]
  count: number
  lastAtMs: number
}>

/** Gathers refusals by IP and reason, the latest first. */
export function groupDenied(rows: readonly TurnDeniedPeer[]): readonly DeniedGroup[] {
  const groups = new Map<string, TurnDeniedPeer[]>()
  for (const row of rows) {
    const key = `${splitAddress(row.address).ip} ${row.reason}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].flatMap(gather).sort((a, b) => b.lastAtMs - a.lastAtMs)
}

function gather(rows: readonly TurnDeniedPeer[]): DeniedGroup[] {
  const [first] = rows
  if (first === undefined) return []
  const { reason, advice } = first
  const ports = rows.flatMap(({ address }) => splitAddress(address).port ?? [])
  return [
    {
      ip: splitAddress(first.address).ip,
      reason,
      advice,
      ports: [...new Set(ports)].sort((a, b) => a - b),
      by: [...new Set(rows.map(({ by }) => by))],
      userIds: [...new Set(rows.map(({ userId }) => userId))].filter((id) => id !== ''),
      count: rows.reduce((sum, { count }) => sum + count, 0),
      lastAtMs: Math.max(...rows.map(({ lastAtMs }) => lastAtMs)),
    },
  ]
}

/** `ip:port`, `[ip]:port` or an IP alone. */
function splitAddress(address: string): Readonly<{ ip: string; port: number | undefined }> {
  const [, six, four, port] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(address) ?? []
  const ip = six ?? four
  return ip === undefined ? { ip: address, port: undefined } : { ip, port: Number(port) }
}
