import { type Action, describeAction, type Trial } from '../actions.ts'
import type { ConsoleState, Screen } from '../state.ts'
import { type Line, line, type Size, span, wrap } from '../text.ts'

/** Draws a question that is answered by yes or no. */
export function questionLines(question: string, room: Size): readonly Line[] {
  return wrap(question, room.columns).map((text) => line(span('warning', text)))
}

/** Draws what is being done. */
export function busyLines(action: Action): readonly Line[] {
  return [line(`${describeAction(action)} ...`)]
}

/** Draws how something ended. */
export function saidLines(
  { good, text }: Extract<Screen, { kind: 'said' }>,
  room: Size,
): readonly Line[] {
  return text
    .split('\n')
    .flatMap((paragraph) => wrap(paragraph, room.columns))
    .map((row, index) => line(span(index === 0 ? (good ? 'good' : 'bad') : 'plain', row)))
}

/** Draws a network change that waits to be kept: what the interface has, and the seconds left. */
export function trialLines(
  { facts, nowMs }: ConsoleState,
  trial: Trial,
  room: Size,
): readonly Line[] {
  const seconds = Math.max(0, Math.ceil((trial.deadlineMs - nowMs) / 1000))
  const found = facts.interfaces.find(({ name }) => name === trial.interface)
  const addresses = found?.addresses ?? []
  const about = `The new addresses are set. Unless you keep them, the ones of before come back in ${seconds} s, also if this console ends or the machine restarts.`
  return [
    ...wrap(about, room.columns).map((text) => line(text)),
    [],
    line(span('strong', trial.interface)),
    ...(addresses.length === 0
      ? [line(span('warning', '  no address yet'))]
      : addresses.map((address) => line(`  ${address}`))),
    ...facts.gateways.map((gateway) => line(`  gateway ${gateway}`)),
  ]
}
