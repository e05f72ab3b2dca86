import type { FromWorker, ToWorker } from './messages.ts'

/** A worker's line to its parent. */
export interface ParentChannel {
  send(message: FromWorker): void
  /** Hangs up when all that was said is sent. */
  end(): void
}

/** Listens to the parent; `onGone` comes when there is none any more. Throws outside of a worker process. */
export function openParentChannel(
  onMessage: (message: ToWorker) => void,
  onGone: () => void,
): ParentChannel {
  if (!process.send) throw new Error('this file is started by the TURN engine, not by hand')
  process.on('message', (message) => onMessage(message as ToWorker))
  process.on('disconnect', onGone)
  return {
    send(message) {
      // The callback takes the error of a parent that has just gone; `disconnect` tells it anyway.
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
    },
    end() {
      const last: FromWorker = { type: 'pong' }
      if (process.connected)
        process.send?.(last, undefined, undefined, () => process.disconnect?.())
    },
  }
}
