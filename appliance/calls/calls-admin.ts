import type { CallDetails, CallList, Verdict } from '#api'
import type { CallSnapshot, Sfu } from '#sfu'
import type { CallsAdmin } from '#ui'
import { callDetails, callSummary } from './call-details.ts'
import { redactedRecord } from './redacted-record.ts'
import type { Travels } from './travels.ts'

/** What the calls' page works on. */
export type CallsAdminOptions = Readonly<{
  sfu: Pick<Sfu, 'calls' | 'endedCalls' | 'muteTrack' | 'removeParticipant' | 'endRoom'>
  travels: Travels
  /** What is wrong, across the people of all these calls. */
  diagnose?: (calls: readonly CallDetails[]) => readonly Verdict[]
  nowMs?: () => number
}>

/** Any number of viewers may ask; it is gathered once in this time. */
const freshMs = 1_000

/** The calls' page, and what else looks at all calls. */
export interface CallsBoard extends CallsAdmin {
  /** Every running call with all its figures, at most a second old. */
  running(): readonly CallDetails[]
}

type Gathered = Readonly<{
  atMs: number
  calls: readonly CallSnapshot[]
  details: readonly CallDetails[]
  findings: readonly Verdict[]
}>

/** Shows the calls to the pages, and does what they ask. */
export function createCallsBoard(options: CallsAdminOptions): CallsBoard {
  const { sfu, travels, diagnose = () => [], nowMs = Date.now } = options
  let latest: Gathered | undefined

  const gathered = (): Gathered => {
    const atMs = nowMs()
    if (latest && atMs >= latest.atMs && atMs - latest.atMs < freshMs) return latest
    const calls = sfu.calls()
    const details = calls.map((call) => callDetails(call, travels, atMs))
    latest = { atMs, calls, details, findings: diagnose(details) }
    return latest
  }

  const detailsOf = (name: string): CallDetails | undefined => {
    const { details, findings } = gathered()
    const running = details.find((call) => call.name === name)
    if (running) return { ...running, findings: findings.filter((one) => concerns(one, name)) }
    const ended = sfu.endedCalls().find((call) => call.name === name)
    return ended && callDetails(ended, travels, nowMs())
  }

  /** What was done shows at once. */
  const done = async (acting: Promise<boolean>) => {
    const found = await acting
    latest = undefined
    return found
  }

  return {
    running: () => gathered().details,
    list: (): CallList => ({
      atMs: gathered().atMs,
      running: gathered().calls.map(callSummary),
      ended: sfu.endedCalls().map(callSummary),
      findings: gathered().findings,
    }),
    details: detailsOf,
    record(name) {
      const details = detailsOf(name)
      return details && { sid: details.sid, record: redactedRecord(details) }
    },
    mute: (name, trackSid) => done(sfu.muteTrack(name, trackSid)),
    remove: (name, identity) => done(sfu.removeParticipant(name, identity)),
    end: (name) => done(sfu.endRoom(name)),
  }
}

function concerns({ people = [] }: Verdict, room: string): boolean {
  return people.some((person) => person.room === room)
}
