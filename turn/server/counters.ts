import type { Allocation } from './allocation.ts'
import type { Rejection } from './request.ts'
import type { DropReason, TrafficBothWays, TurnStats } from './turn-io.ts'

/** Counts what went through and what did not. */
export class Counters {
  receivedBytes = 0
  sentBytes = 0
  authFailures = 0
  readonly #rejections = new Map<string, { code: number; why: string; count: number }>()
  readonly #drops = new Map<DropReason, number>()
  readonly #traffic = { udp: noTraffic(), tcp: noTraffic(), tls: noTraffic() }

  /** Counts an error response by its code and reason. */
  countRejection({ code, why }: Rejection): void {
    const key = `${code} ${why}`
    const known = this.#rejections.get(key)
    if (known) known.count++
    else this.#rejections.set(key, { code, why, count: 1 })
  }

  /** Counts a packet that led to nothing; `undefined` is none. */
  countDrop(reason: DropReason | undefined): void {
    if (reason) this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + 1)
  }

  /** Counts a payload a client sent to a peer. */
  countFromClient({ client, fromClient }: Allocation, bytes: number): void {
    count(fromClient, bytes)
    count(this.#traffic[client.transport].fromClients, bytes)
  }

  /** Counts a payload a peer sent to a client. */
  countToClient({ client, toClient }: Allocation, bytes: number): void {
    count(toClient, bytes)
    count(this.#traffic[client.transport].toClients, bytes)
  }

  /** What was counted, as it is told outside. */
  snapshot(): Omit<TurnStats, 'allocations' | 'byTransport' | 'byFamily' | 'deniedPeers'> {
    const { receivedBytes, sentBytes, authFailures } = this
    const rejections = [...this.#rejections.values()].map((row) => ({ ...row }))
    const rejectionsByCode: Record<string, number> = {}
    for (const { code, count } of rejections) {
      rejectionsByCode[code] = (rejectionsByCode[code] ?? 0) + count
    }
    const dropsByReason = Object.fromEntries(this.#drops)
    const { udp, tcp, tls } = this.#traffic
    const traffic = { udp: copy(udp), tcp: copy(tcp), tls: copy(tls) }
    const refused = { rejections, rejectionsByCode, dropsByReason, authFailures }
    return { receivedBytes, sentBytes, traffic, ...refused }
  }
}

function count(counted: { packets: number; bytes: number }, bytes: number): void {
  counted.packets++
  counted.bytes += bytes
}

function noTraffic() {
  return { fromClients: { packets: 0, bytes: 0 }, toClients: { packets: 0, bytes: 0 } }
}

function copy({ fromClients, toClients }: TrafficBothWays): TrafficBothWays {
  return { fromClients: { ...fromClients }, toClients: { ...toClients } }
}
