import type { ReadStream, WriteStream } from 'node:tty'
import type { Action } from './actions.ts'
import type { ConsoleHost } from './host/console-host.ts'
import { type ConsoleEvent, initialState } from './state.ts'
import { step } from './step.ts'
import { openTerminal } from './terminal.ts'
import { drawScreen } from './views/screen.ts'

const TICK_MS = 1000
const LOOK_EVERY_MS = 2000

/** What a console runs on. `mayQuit` where it was started by hand. */
export type ConsoleOptions = Readonly<{
  host: ConsoleHost
  input: ReadStream
  output: WriteStream
  env: NodeJS.ProcessEnv
  mayQuit: boolean
}>

/** Runs the console until it is left or asked to end; a network change that waits is taken back then. */
export async function runConsole({
  host,
  input,
  output,
  env,
  mayQuit,
}: ConsoleOptions): Promise<void> {
  const ended = Promise.withResolvers<void>()
  const terminal = openTerminal(input, output, env, {
    onKey: (key) => dispatch({ type: 'key', key }),
    onResize: () => dispatch({ type: 'size', size: terminal.size() }),
  })
  let state = initialState(terminal.size(), mayQuit)
  const dispatch = (event: ConsoleEvent) => {
    const next = step(state, event)
    state = next.state
    if (next.action === 'quit') return ended.resolve()
    if (next.action === 'redraw') terminal.forget()
    else if (next.action !== undefined) perform(next.action)
    terminal.draw(drawScreen(state))
  }
  const perform = (action: Action) => {
    host.perform(action).then((outcome) => dispatch({ type: 'outcome', outcome }), ended.reject)
  }
  let isLooking = false
  const look = async () => {
    if (isLooking) return
    isLooking = true
    try {
      await host.revertAbandoned()
      dispatch({ type: 'facts', facts: await host.look() })
    } finally {
      isLooking = false
    }
  }
  const lookOrEnd = () => look().catch(ended.reject)
  const timers = [
    setInterval(() => dispatch({ type: 'tick', nowMs: host.nowMs() }), TICK_MS),
    setInterval(lookOrEnd, LOOK_EVERY_MS),
  ]
  const stop = () => ended.resolve()
  for (const signal of SIGNALS) process.on(signal, stop)
  // A terminal that is taken away tells by an error of either stream, or by the end of its keys.
  input.on('error', stop).once('end', stop)
  output.on('error', stop)
  dispatch({ type: 'tick', nowMs: host.nowMs() })
  await lookOrEnd()
  try {
    await ended.promise
  } finally {
    for (const timer of timers) clearInterval(timer)
    terminal.close()
    const { screen } = state
    if (screen.kind === 'trial') {
      await host.perform({ type: 'revertNetwork', interface: screen.trial.interface })
    }
    // Only now: a terminal that goes away sends its signal more than once.
    for (const signal of SIGNALS) process.off(signal, stop)
  }
}

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const
