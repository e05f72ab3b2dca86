import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'

const SAMPLE_RATE = 48_000
const FRAME_SAMPLES = 480

/** A participant of a measurement: listens, and talks if it is to. */
export class BenchCaller {
  readonly talks: boolean
  /** From the start of joining until the media connection is up. */
  readonly joinMs: number
  readonly #room: Room
  #heard = 0
  #leaving = false

  private constructor(room: Room, talks: boolean, joinMs: number) {
    this.#room = room
    this.talks = talks
    this.joinMs = joinMs
  }

  /** Joins with a token, and begins to talk. */
  static async join(url: string, token: string, talks: boolean): Promise<BenchCaller> {
    const room = new Room()
    const startMs = performance.now()
    let early = 0
    const countEarly = () => {
      early += 1
    }
    room.on(RoomEvent.TrackSubscribed, countEarly)
    await room.connect(url, token, { autoSubscribe: true, dynacast: false })
    const caller = new BenchCaller(room, talks, performance.now() - startMs)
    room.off(RoomEvent.TrackSubscribed, countEarly)
    caller.#heard = early
    room.on(RoomEvent.TrackSubscribed, () => {
      caller.#heard += 1
    })
    if (talks) await caller.#talk()
    return caller
  }

  /** Resolves once so many tracks are received. */
  async untilHears(tracks: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => {
      if (this.#heard >= tracks) resolve()
    }
    this.#room.on(RoomEvent.TrackSubscribed, look)
    look()
    await promise
  }

  /** Packets received so far, by stream. */
  async receivedPackets(): Promise<readonly number[]> {
    const { subscriberStats } = await this.#room.getRtcStats()
    return subscriberStats.flatMap(({ stats }) =>
      stats.case === 'inboundRtp' ? [Number(stats.value.received?.packetsReceived ?? 0)] : [],
    )
  }

  async leave(): Promise<void> {
    this.#leaving = true
    await this.#room.disconnect()
  }

  async #talk(): Promise<void> {
    const source = new AudioSource(SAMPLE_RATE, 1)
    const track = LocalAudioTrack.createAudioTrack('microphone', source)
    const options = new TrackPublishOptions({
      source: TrackSource.SOURCE_MICROPHONE,
      // With DTX the encoder sends a third of the packets or less, by how the noise strikes it.
      dtx: false,
    })
    await this.#room.localParticipant?.publishTrack(track, options)
    void this.#play(source)
  }

  async #play(source: AudioSource): Promise<void> {
    while (!this.#leaving) {
      const samples = Int16Array.from({ length: FRAME_SAMPLES }, () => (Math.random() - 0.5) * 8192)
      await source.captureFrame(new AudioFrame(samples, SAMPLE_RATE, 1, FRAME_SAMPLES))
    }
  }
}
