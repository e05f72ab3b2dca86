import type { PlaceAnswer, PlaceRequest, Quotas } from '../server/quotas.ts'

/** The places one worker holds of everybody's quotas, to be given back when it dies. */
export class HeldPlaces {
  readonly #quotas: Quotas
  readonly #held = new Map<string, PlaceRequest>()

  constructor(quotas: Quotas) {
    this.#quotas = quotas
  }

  /** Takes all places or none. */
  take(request: PlaceRequest): PlaceAnswer {
    const answer = this.#quotas.take(request)
    if (answer === 'taken') this.#add(request, request.places)
    return answer
  }

  /** Gives places back; throws when the worker does not hold so many. */
  release(request: PlaceRequest): void {
    this.#add(request, -request.places)
    this.#quotas.release(request)
  }

  /** Gives everything back. */
  releaseAll(): void {
    for (const request of this.#held.values()) this.#quotas.release(request)
    this.#held.clear()
  }

  #add({ userId, clientIp }: PlaceRequest, places: number): void {
    const key = JSON.stringify([userId, clientIp])
    const held = (this.#held.get(key)?.places ?? 0) + places
    if (held < 0) throw new Error('a worker gives back places it does not hold')
    if (held === 0) this.#held.delete(key)
    else this.#held.set(key, { userId, clientIp, places: held })
  }
}
