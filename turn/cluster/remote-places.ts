import type { PlaceAnswer, PlaceRequest, Places } from '../server/quotas.ts'
import type { ParentChannel } from './parent-channel.ts'

type Refusal = Readonly<{ answer: PlaceAnswer; untilMs: number }>

const refusalHoldsMs = 100
const mostRefusals = 1024

/**
 * The ledger of places, kept by the parent for all workers. A refusal holds for a moment without asking again, so that a
 * user who asks for ever keeps the parent from nothing; what this worker gives back ends it at once.
 */
export class RemotePlaces implements Places {
  readonly #parent: ParentChannel
  readonly #nowMs: () => number
  readonly #waiting = new Map<number, (answer: PlaceAnswer) => void>()
  readonly #refusals = new Map<string, Refusal>()
  #lastId = 0

  /** `nowMs`: a clock that only goes on. */
  constructor(parent: ParentChannel, nowMs: () => number) {
    this.#parent = parent
    this.#nowMs = nowMs
  }

  async take(request: PlaceRequest): Promise<PlaceAnswer> {
    const key = JSON.stringify([request.userId, request.clientIp, request.places])
    const refusal = this.#refusals.get(key)
    if (refusal && refusal.untilMs > this.#nowMs()) return refusal.answer
    const answer = await this.#ask(request)
    if (answer !== 'taken') this.#keep(key, answer)
    return answer
  }

  release(request: PlaceRequest): void {
    this.#refusals.clear()
    this.#parent.send({ type: 'releasePlaces', request })
  }

  /** Hands the parent's answer to who waits for it. */
  answer(id: number, answer: PlaceAnswer): void {
    this.#waiting.get(id)?.(answer)
    this.#waiting.delete(id)
  }

  #ask(request: PlaceRequest): Promise<PlaceAnswer> {
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#parent.send({ type: 'takePlaces', id, request })
    })
  }

  #keep(key: string, answer: PlaceAnswer): void {
    if (this.#refusals.size >= mostRefusals) this.#refusals.clear()
    this.#refusals.set(key, { answer, untilMs: this.#nowMs() + refusalHoldsMs })
  }
}
