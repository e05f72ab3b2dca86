import { paddedLength, uint16At } from './bytes.ts'
import { channelHeaderLength } from './channel-data.ts'
import { classify } from './classify.ts'
import { headerLength } from './stun-message.ts'

const smallestBuffer = 2048

/**
 * Cuts a TCP or TLS byte stream into messages, which carry their own length (RFC 8489 §6.2.2, RFC 8656 §12.5).
 * Holds at most one unfinished message, so never more than 64 KiB and one chunk.
 */
export class StreamSplitter {
  #pending = new Uint8Array(0)
  #start = 0
  #end = 0
  #owned = false
  /** A stream begins with STUN: channels come after, and text protocols begin like channels. */
  #begun = false

  /** Takes what arrived; the bytes are copied only where a message is cut by the end of a chunk. */
  push(chunk: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#pending = chunk as Uint8Array<ArrayBuffer>
      this.#start = 0
      this.#end = chunk.length
      this.#owned = false
      return
    }
    if (!this.#owned || this.#end + chunk.length > this.#pending.length) this.#grow(chunk.length)
    this.#pending.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** Bytes of a message whose rest has not come. */
  get held(): number {
    return this.#end - this.#start
  }

  /** The next whole message, padding included; `more` when the rest has not come; `fault` when this is no TURN stream. */
  next(): Uint8Array | 'more' | 'fault' {
    const rest = this.#pending.subarray(this.#start, this.#end)
    if (rest.length === 0) return 'more'
    const kind = classify(rest)
    if (kind === 'other' || (kind === 'channelData' && !this.#begun)) return 'fault'
    if (rest.length < channelHeaderLength) return 'more'
    const length = uint16At(rest, 2)
    const size =
      kind === 'stun' ? headerLength + length : paddedLength(channelHeaderLength + length)
    if (rest.length < size) return 'more'
    this.#begun = true
    this.#start += size
    return rest.subarray(0, size)
  }

  /** What came after the last whole message; nothing of it can be asked for again. */
  rest(): Uint8Array {
    const rest = this.#pending.subarray(this.#start, this.#end)
    this.#start = this.#end
    return rest
  }

  #grow(more: number): void {
    const kept = this.#pending.subarray(this.#start, this.#end)
    this.#pending = new Uint8Array(Math.max(smallestBuffer, 2 * (kept.length + more)))
    this.#pending.set(kept)
    this.#start = 0
    this.#end = kept.length
    this.#owned = true
  }
}
