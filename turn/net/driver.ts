import { performance } from 'node:perf_hooks'
import type { Family, FiveTuple, TransportAddress } from '../protocol/transport-address.ts'
import type { PeerConnectionTask } from '../server/peer-connection-io.ts'
import type {
  AllocationId,
  BindRelay,
  Now,
  TurnEvent,
  TurnInput,
  TurnOutput,
} from '../server/turn-io.ts'
import type { TurnServer } from '../server/turn-server.ts'
import type { Log } from './log.ts'

/** What goes to a peer, and whether with the DF bit. */
export type PeerDatagram = Readonly<{ bytes: Uint8Array; dontFragment?: true }>

/** Where the engine's outputs go. */
export interface Shell {
  sendToClient(to: FiveTuple, bytes: Uint8Array): void
  sendToPeer(allocation: AllocationId, peer: TransportAddress, datagram: PeerDatagram): void
  bindRelay(request: BindRelay): void
  closeRelay(allocation: AllocationId, family?: Family): void
  closeClient(client: FiveTuple): void
  /** Absent where there are no TCP relays. */
  peerConnection?(task: PeerConnectionTask): void
  /** Hears what the log hears. */
  noteEvent?(event: TurnEvent): void
}

/** What a driver needs of the engine. */
export type DrivenServer = Pick<
  TurnServer,
  'handleInput' | 'handleTimeout' | 'pollOutput' | 'nextTimeoutMs'
>

const longestTimerMs = 2 ** 31 - 1
const mostLoggedBytes = 512

/**
 * Turns the engine: one input, all outputs, one timer. A fault of our own in one message is logged and counted here and
 * nowhere else; the client it came from is hung up on, the others go on. With `rethrow` it ends the process instead.
 */
export class Driver {
  readonly #server: DrivenServer
  readonly #shell: Shell
  readonly #log: Log
  readonly #rethrow: boolean
  #timer: NodeJS.Timeout | undefined
  #armedForMs: number | undefined
  #closed = false
  #bugs = 0

  constructor(
    server: DrivenServer,
    shell: Shell,
    { log, rethrow }: Readonly<{ log: Log; rethrow: boolean }>,
  ) {
    this.#server = server
    this.#shell = shell
    this.#log = log
    this.#rethrow = rethrow
  }

  /** Inputs that broke an invariant. */
  get bugs(): number {
    return this.#bugs
  }

  /** Gives the engine one input and does all it wants. */
  handle(input: TurnInput): void {
    if (this.#closed) return
    try {
      this.#server.handleInput(input, new Clock())
      this.#drain()
    } catch (error) {
      this.reportBug(error, input)
    }
    this.#arm()
  }

  /** Logs and counts a fault of our own; hangs up on the client whose message brought it out. */
  reportBug(error: unknown, input?: TurnInput): void {
    if (this.#rethrow) throw error
    this.#bugs++
    const start = input && 'bytes' in input ? input.bytes.subarray(0, mostLoggedBytes) : undefined
    const bytes = start && Buffer.from(start).toString('hex')
    this.#log.error({ err: error, input: input?.type, bytes }, 'bug in the TURN engine')
    if (input?.type === 'clientMessage') this.#shell.closeClient(input.from)
  }

  /** Stops for good. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #wake(): void {
    try {
      this.#server.handleTimeout(new Clock())
      this.#drain()
    } catch (error) {
      this.reportBug(error)
    }
    this.#arm()
  }

  #drain(): void {
    for (let output = this.#server.pollOutput(); output; output = this.#server.pollOutput()) {
      this.#perform(output)
    }
  }

  #perform(output: TurnOutput): void {
    switch (output.type) {
      case 'sendToClient':
        this.#shell.sendToClient(output.to, output.bytes)
        return
      case 'sendToPeer':
        this.#shell.sendToPeer(output.allocation, output.peer, output)
        return
      case 'bindRelay':
        this.#shell.bindRelay(output)
        return
      case 'closeRelay':
        this.#shell.closeRelay(output.allocation, output.family)
        return
      case 'closeClient':
        this.#shell.closeClient(output.client)
        return
      case 'peerConnection':
        this.#shell.peerConnection?.(output.task)
        return
      case 'event':
        this.#tell(output.event)
    }
  }

  #tell(event: TurnEvent): void {
    this.#shell.noteEvent?.(event)
    const { name, ...facts } = event
    // Refused peers are the first sign of probing; the engine tells of each once, and of few a minute.
    if (name === 'peerDenied') this.#log.info(facts, 'a relay refused a peer')
    else this.#log.debug(facts, name)
  }

  #arm(): void {
    const atMs = this.#server.nextTimeoutMs()
    if (atMs === this.#armedForMs) return
    clearTimeout(this.#timer)
    this.#armedForMs = atMs
    if (atMs === undefined) return
    const delayMs = Math.min(Math.max(0, Math.ceil(atMs - performance.now())), longestTimerMs)
    this.#timer = setTimeout(() => {
      this.#armedForMs = undefined
      this.#wake()
    }, delayMs).unref()
  }
}

/** The time of one turn; data needs the first clock only, and reading both costs. */
class Clock implements Now {
  readonly monotonicMs = performance.now()

  get unixSeconds(): number {
    return Date.now() / 1000
  }
}
