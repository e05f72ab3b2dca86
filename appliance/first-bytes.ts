import type { Socket } from 'node:net'

/** Connections of which nobody knows yet what they want. */
export class Undecided {
  readonly #limitMs: number
  readonly #sockets = new Set<Socket>()

  /** `limitMs`: how long a client may keep silent, or say too little. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** Hangs up on all of them. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /**
   * Reads until `decide` answers who takes the connection, which then has all its bytes still before it;
   * `undefined` while the bytes do not tell.
   */
  await(socket: Socket, decide: (received: Buffer) => (() => void) | undefined): void {
    let received: Buffer = Buffer.alloc(0)
    const hangUp = (): void => {
      socket.destroy()
    }
    const timer = setTimeout(hangUp, this.#limitMs).unref()
    const settle = (): void => {
      clearTimeout(timer)
      this.#sockets.delete(socket)
      socket
        .off('readable', onReadable)
        .off('end', hangUp)
        .off('error', hangUp)
        .off('close', settle)
    }
    const onReadable = (): void => {
      const chunk: Buffer | null = socket.read()
      if (!chunk) return
      received = Buffer.concat([received, chunk])
      const take = decide(received)
      if (take === undefined) return
      settle()
      socket.unshift(received)
      take()
    }
    this.#sockets.add(socket)
    socket.on('readable', onReadable).on('end', hangUp).on('error', hangUp).on('close', settle)
  }
}
