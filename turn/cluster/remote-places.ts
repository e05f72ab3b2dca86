import type { PlaceAnswer, PlaceRequest, Places } from '../server/quotas.ts'
import type { ParentChannel } from './parent-channel.ts'

/** The ledger of places, kept by the parent for all workers. */
export class RemotePlaces implements Places {
  readonly #parent: ParentChannel
  readonly #waiting = new Map<number, (answer: PlaceAnswer) => void>()
  #lastId = 0

  constructor(parent: ParentChannel) {
    this.#parent = parent
  }

  take(request: PlaceRequest): Promise<PlaceAnswer> {
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#parent.send({ type: 'takePlaces', id, request })
    })
  }

  release(request: PlaceRequest): void {
    this.#parent.send({ type: 'releasePlaces', request })
  }

  /** Hands the parent's answer to who waits for it. */
  answer(id: number, answer: PlaceAnswer): void {
    this.#waiting.get(id)?.(answer)
    this.#waiting.delete(id)
  }
}
