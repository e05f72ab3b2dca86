import type { CallDetails, CallList, CallParticipant } from '#api'
import type { CallsClient } from './calls-client.ts'
import { type PollDeps, PolledFacts } from './polled-facts.ts'

/** What the pages of calls need besides the API. */
export type CallsPageDeps = PollDeps & Readonly<{ client: CallsClient }>

const LIST_MS = 2000
const RUNNING_MS = 1000
const ENDED_MS = 10_000
/** How far back the small lines go. */
export const TREND_MS = 120_000

/** The list of calls, kept current while it is open. */
export function createCallList({ client, ...deps }: CallsPageDeps): PolledFacts<CallList> {
  return new PolledFacts(deps, { fetch: () => client.list(), delayMs: () => LIST_MS })
}

/** How somebody fared at a moment; `lossPercent` is the worse of the two ways. */
export type TrendPoint = Readonly<{ atMs: number; lossPercent: number }>

/** One call, kept current while it is open, what it was like a while ago, and what the admin does in it. */
export class CallPage {
  readonly name: string
  readonly facts: PolledFacts<CallDetails>
  readonly #client: CallsClient
  readonly #trends = new Map<string, TrendPoint[]>()

  constructor({ client, ...deps }: CallsPageDeps, name: string) {
    this.name = name
    this.#client = client
    this.facts = new PolledFacts(deps, {
      fetch: async () => {
        const reply = await client.details(name)
        if (reply.ok) this.#remember(reply.value)
        return reply
      },
      delayMs: (details) => (details?.endedAtMs === undefined ? RUNNING_MS : ENDED_MS),
    })
  }

  /** The loss of a participant over the last two minutes, oldest first. */
  trendOf({ sid }: Pick<CallParticipant, 'sid'>): readonly TrendPoint[] {
    return this.#trends.get(sid) ?? []
  }

  /** Mutes a track; answers what is wrong, `undefined` when it is muted. */
  async mute(trackSid: string): Promise<string | undefined> {
    return this.facts.change((csrf) => this.#client.mute(csrf, this.name, trackSid), 'TRACK_ENDED')
  }

  /** Takes somebody out; answers what is wrong, `undefined` when they are gone. */
  async remove(identity: string): Promise<string | undefined> {
    return this.facts.change(
      (csrf) => this.#client.remove(csrf, this.name, identity),
      'PERSON_GONE',
    )
  }

  /** Ends the call for everybody; answers what is wrong, `undefined` when it is over. */
  async end(): Promise<string | undefined> {
    return this.facts.change((csrf) => this.#client.end(csrf, this.name), 'CALL_ENDED')
  }

  /** Those who have left are forgotten, so that it cannot grow. */
  #remember({ atMs, participants }: CallDetails): void {
    const present = new Set(participants.map(({ sid }) => sid))
    for (const sid of this.#trends.keys()) if (!present.has(sid)) this.#trends.delete(sid)
    for (const { sid, up, down } of participants) {
      const before = (this.#trends.get(sid) ?? []).filter((point) => point.atMs > atMs - TREND_MS)
      if (before.at(-1)?.atMs === atMs) continue
      const lossPercent = Math.max(up.lossPercent ?? 0, down.lossPercent ?? 0)
      this.#trends.set(sid, [...before, { atMs, lossPercent }])
    }
  }
}
