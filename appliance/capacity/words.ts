import type { Capacity } from '#api'
import type { Costs } from './costs.ts'
import { type CallSize, screenBitsOf } from './model.ts'

/** What a person reads who wants to share a screen or camera and may not. */
export const VIDEO_REFUSAL =
  'This server is at its limit: screens and cameras are refused so that everybody can still hear. Try again when the call is smaller.'

/** What a person reads who wants to join and may not. */
export const JOIN_REFUSAL =
  'This server is at its limit: nobody else is let in, so that those in calls can still hear each other. Try again in a few minutes.'

/** The sentence for those who are refused, `undefined` while nobody is. */
export function reasonOf(admission: Capacity['admission']): string | undefined {
  if (admission === 'all') return undefined
  return admission === 'nobody' ? JOIN_REFUSAL : VIDEO_REFUSAL
}

/** What a figure was measured from, and what was assumed. */
export type Basis = Readonly<{
  isMeasured: boolean
  costs: Costs
  /** `undefined` while no call runs. */
  callName: string | undefined
  call: CallSize
}>

/** Says what the figures rest on, in sentences. */
export function basisOf({ isMeasured, costs, callName, call }: Basis): string {
  const micros = (seconds: number) => (seconds * 1e6).toFixed(seconds < 1e-5 ? 1 : 0)
  const packets = `a packet that comes ${micros(costs.received)} µs of a media worker, one that goes ${micros(costs.sent)} µs`
  const cost = isMeasured
    ? `Measured on this machine: ${packets}.`
    : `Not measured on this machine yet, for want of calls large enough; assumed: ${packets}.`
  const people = `${call.people} ${call.people === 1 ? 'person' : 'people'}`
  const open = `${call.speakers} open ${call.speakers === 1 ? 'microphone' : 'microphones'}`
  const which =
    callName === undefined
      ? `No call runs, so counted for one of ${people} with ${open}`
      : `Counted for the busiest call, ${callName}: ${people}, ${open}`
  const screen = `${(screenBitsOf(call) / 1e6).toFixed(1)} Mbit/s for a screen`
  return `${cost} ${which}, each talking all the time, and ${screen}.`
}
