import type { ConnectionId, PeerConnectionTask } from '../server/peer-connection-io.ts'
import type { TurnOutput } from '../server/turn-io.ts'

/** The TCP connections with peers that a shell has by now, which does as the engine says. */
export class KnownConnections {
  readonly #ids = new Set<ConnectionId>()
  #joined = 0

  /** How many there are. */
  get size(): number {
    return this.#ids.size
  }

  /** How many were joined so far. */
  get joined(): number {
    return this.#joined
  }

  /** One of them, or one that does not exist. */
  at(nth: number): ConnectionId {
    return [...this.#ids][nth % (this.#ids.size + 1)] ?? (7 as ConnectionId)
  }

  /** The last one. */
  last(): ConnectionId {
    return this.at(this.#ids.size - 1)
  }

  /** Forgets one that ended by itself. */
  forget(id: ConnectionId): void {
    this.#ids.delete(id)
  }

  /** Does what the engine wants; throws when that is about a connection the shell does not have, or has. */
  follow(outputs: readonly TurnOutput[]): void {
    for (const output of outputs) if (output.type === 'peerConnection') this.#do(output.task)
  }

  #do({ name, connection }: PeerConnectionTask): void {
    const isNew = name === 'open' || name === 'admit'
    if (this.#ids.has(connection) === isNew) {
      throw new Error(`${name}, but the shell knows otherwise`)
    }
    if (isNew) this.#ids.add(connection)
    if (name === 'close') this.#ids.delete(connection)
    if (name === 'join') this.#joined++
  }
}
