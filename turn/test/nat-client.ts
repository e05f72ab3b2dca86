import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { TransportAddress } from '../protocol/transport-address.ts'

/** What a client's host can do; the process on it is `nat-client-process.ts`. */
export type NatClientCommands = {
  /** Connects to a TURN server. */
  connect(
    target: Readonly<{ transport: 'udp' | 'tcp'; port: number }>,
    login: Readonly<{ username: string; password: string }>,
  ): Promise<void>
  /** Makes a relay. */
  allocate(): Promise<TransportAddress>
  /** Gives it back. */
  release(): Promise<void>
  /** Binds the channel to a peer. */
  reach(peer: Readonly<{ ip: string; port: number }>): Promise<void>
  /** Sends over the channel. */
  send(text: string): Promise<void>
  /** What came over the channel next; rejects after 5 s. */
  receive(): Promise<string>
  /** Sends a datagram to each of two ports of the server, from one socket. */
  probe(ports: readonly number[]): Promise<void>
}

/** A question to the process and its answer. */
export type Question = Readonly<{
  id: number
  command: keyof NatClientCommands
  args: readonly unknown[]
}>
export type Answer = Readonly<{ id: number; value?: unknown; fault?: string }>

/** A TURN client on another host. */
export class NatClient {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if (answer.fault === undefined) waiting?.resolve(answer.value)
      else waiting?.reject(new Error(answer.fault))
    })
  }

  /** Resolves when the process is ready. */
  static async on(child: ChildProcess): Promise<NatClient> {
    await once(child, 'message')
    return new NatClient(child)
  }

  /** Does it there; rejects with the message of what it threw there. */
  async do<C extends keyof NatClientCommands>(
    command: C,
    ...args: Parameters<NatClientCommands[C]>
  ): Promise<Awaited<ReturnType<NatClientCommands[C]>>> {
    this.#lastId++
    const id = this.#lastId
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    this.#child.send({ id, command, args } satisfies Question)
    return (await waiting.promise) as Awaited<ReturnType<NatClientCommands[C]>>
  }
}
