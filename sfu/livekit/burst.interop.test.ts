import {
  AudioSource,
  dispose,
  LocalAudioTrack,
  type RemoteParticipant,
  type RemoteTrackPublication,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { fullToken, type RunningSfu, startSfu } from './test/running-sfu.ts'

const people = 6
const rounds = 3
const skip = needs('worker')

t.setTimeout(120_000)

t.test(
  'many who join and publish at once, again and again, all receive all',
  { skip },
  async (t) => {
    const running = await startSfu()
    t.teardown(() => dispose())
    t.teardown(() => running.stop())
    const callers = Array.from({ length: people }, (_, index) => new Caller(`caller ${index}`))
    await Promise.all(callers.map((caller) => caller.join(running)))
    for (let round = 1; round <= rounds; round += 1) {
      const startMs = performance.now()
      const name = `round ${round}`
      const complete = callers.map((caller) => caller.untilSubscribed(name, people - 1))
      await Promise.all(callers.map((caller) => caller.publishAnew(name)))
      await Promise.all(complete)
      t.pass(`${name} took ${Math.round(performance.now() - startMs)} ms`)
    }
    await Promise.all(callers.map((caller) => caller.room.disconnect()))
  },
)

/** Somebody who publishes a silent microphone under a new name each round. */
class Caller {
  readonly room = new Room()
  readonly #identity: string
  #published: string | undefined

  constructor(identity: string) {
    this.#identity = identity
  }

  async join({ sfu, url }: RunningSfu): Promise<void> {
    const token = await fullToken(sfu, 'a room', this.#identity)
    await this.room.connect(url, token, { autoSubscribe: true, dynacast: false })
  }

  async publishAnew(name: string): Promise<void> {
    const { localParticipant } = this.room
    if (localParticipant === undefined) throw new Error('not connected')
    if (this.#published !== undefined) await localParticipant.unpublishTrack(this.#published)
    const track = LocalAudioTrack.createAudioTrack(name, new AudioSource(48_000, 1))
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE })
    const publication = await localParticipant.publishTrack(track, options)
    this.#published = publication.sid
  }

  /** Resolves when so many tracks of that name have been received. */
  untilSubscribed(name: string, count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const seen = new Set<string>()
    const onSubscribed = (
      _track: unknown,
      publication: RemoteTrackPublication,
      of: RemoteParticipant,
    ) => {
      if (publication.name === name) seen.add(of.identity)
      if (seen.size < count) return
      this.room.off(RoomEvent.TrackSubscribed, onSubscribed)
      resolve()
    }
    this.room.on(RoomEvent.TrackSubscribed, onSubscribed)
    return promise
  }
}
