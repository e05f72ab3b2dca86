import { closeSync, openSync } from 'node:fs'

/**
 * Resolves when a signal asks the process to stop, and calls back for each SIGHUP that asks it to read
 * its configuration again. A SIGHUP that comes because the terminal went away asks it to stop.
 */
export function untilAskedToStop(onReload: () => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
    process.on('SIGHUP', () => {
      if (!process.stdout.isTTY || hasTerminal()) {
        onReload()
        return
      }
      // Nobody is left to read what the stop has to say; failing to say it must not end the stop.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
      resolve('SIGHUP')
    })
  })
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false // the kernel has none to give: it was hung up
  }
}
