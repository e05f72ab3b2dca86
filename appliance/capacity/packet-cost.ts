/** What a packet costs a media worker before anything was measured, seconds of processor time (docs/MEASURED.md). */
export const ASSUMED_SECONDS_PER_PACKET = 17e-6

/** The assumption weighs as much as so many measured packets. */
const ASSUMPTION_PACKETS = 5_000
/** The kernel counts processor time in hundredths of a second: fewer packets would measure those. */
const WINDOW_PACKETS = 10_000
/** What was measured weighs half after so many packets. */
const HALF_LIFE_PACKETS = 200_000
/** A window counts as no more, and no less, than so many times the present cost. */
const LARGEST_STEP = 4
const LEAST_SECONDS = 2e-6
const MOST_SECONDS = 300e-6

/**
 * The processor time that one packet costs a media worker, learned while calls run: a ratio of sums
 * in which old packets fade. A window in which something else kept the worker busy moves it little.
 */
export class PacketCost {
  #window = { packets: 0, seconds: 0 }
  #packets = ASSUMPTION_PACKETS
  #seconds = ASSUMPTION_PACKETS * ASSUMED_SECONDS_PER_PACKET
  #isMeasured = false

  /** Seconds of processor time for one packet received or sent. */
  get secondsPerPacket(): number {
    return this.#seconds / this.#packets
  }

  /** Whether this machine was measured, rather than assumed to be like another. */
  get isMeasured(): boolean {
    return this.#isMeasured
  }

  /** Takes what the media workers received and sent in a while, and the processor time they took for it. */
  add(packets: number, seconds: number): void {
    if (!(packets > 0) || !(seconds >= 0)) return
    const window = {
      packets: this.#window.packets + packets,
      seconds: this.#window.seconds + seconds,
    }
    this.#window = window
    if (window.packets < WINDOW_PACKETS) return
    this.#window = { packets: 0, seconds: 0 }
    const present = this.secondsPerPacket
    const cost = within(
      window.seconds / window.packets,
      present / LARGEST_STEP,
      present * LARGEST_STEP,
    )
    const kept = 0.5 ** (window.packets / HALF_LIFE_PACKETS)
    this.#packets = this.#packets * kept + window.packets
    this.#seconds =
      this.#seconds * kept + window.packets * within(cost, LEAST_SECONDS, MOST_SECONDS)
    this.#isMeasured = true
  }
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
