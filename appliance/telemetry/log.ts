import { Writable } from 'node:stream'
import { styleText } from 'node:util'
import pino, { type DestinationStream, type Logger } from 'pino'
import { redactFields, redactText } from './redact.ts'

/** The appliance's logger: `log.info({ fields }, 'message')`; `log.child({ service })` for a part. */
export type Log = Logger

type Level = 'debug' | 'info' | 'warn' | 'error'

/** How much is logged and where to; `stream` is standard output unless a test reads it. */
export type LogOptions = Readonly<{
  level: Level
  stream?: NodeJS.WritableStream & { isTTY?: boolean }
}>

/** Pino's numbers of the levels. */
const LEVELS: Readonly<Record<Level, number>> = { debug: 20, info: 30, warn: 40, error: 50 }

const leastOf = new WeakMap<Log, { level: number }>()

/**
 * Creates the log: JSON lines, or plain ones in a terminal. Secrets are never written; addresses of
 * clients only in lines of level debug.
 */
export function createLog({ level, stream = process.stdout }: LogOptions): Log {
  const destination = stream.isTTY === true ? plainLines(stream) : stream
  const least = { level: LEVELS[level] }
  // Children keep the level that they were made with, so the level is judged here, for all of them at once.
  const log = pino(
    {
      level: 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: {
        logMethod(parameters, method, lineLevel) {
          if (lineLevel < least.level) return
          const hideAddresses = lineLevel > LEVELS.debug
          const safe = parameters.map((parameter: unknown) => {
            if (typeof parameter === 'string') return redactText(parameter)
            if (typeof parameter !== 'object' || parameter === null) return parameter
            const fields = parameter instanceof Error ? { err: parameter } : parameter
            return redactFields(fields, { hideAddresses })
          })
          Reflect.apply(method, this, safe)
        },
      },
    },
    destination as DestinationStream,
  )
  log.isLevelEnabled = (name) => (LEVELS[name as Level] ?? LEVELS.error) >= least.level
  leastOf.set(log, least)
  return log
}

/** Has a log of `createLog`, and all children of it, log more or less from now on. */
export function setLogLevel(log: Log, level: Level): void {
  const least = leastOf.get(log)
  if (least !== undefined) least.level = LEVELS[level]
}

/** Turns JSON lines into `12:30:00 warn message name=value`. */
function plainLines(terminal: NodeJS.WritableStream): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      terminal.write(`${formatLine(chunk)}\n`)
      done()
    },
  })
}

const COLOURS: Readonly<Record<string, 'gray' | 'cyan' | 'yellow' | 'red'>> = {
  debug: 'gray',
  info: 'cyan',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
}

/** Writes a JSON log line for people to read, in colour. */
export function formatLine(json: string): string {
  const line: Record<string, unknown> = JSON.parse(json)
  const { time, level, msg, ...fields } = line
  const name = String(level)
  const label = styleText(COLOURS[name] ?? 'gray', name.padEnd(5), { validateStream: false })
  const parts = Object.entries(fields).map(([key, value]) => `${key}=${showField(value)}`)
  return [String(time).slice(11, 19), label, String(msg ?? ''), ...parts].join(' ').trimEnd()
}

function showField(value: unknown): string {
  const stack = typeof value === 'object' && value !== null && 'stack' in value ? value.stack : null
  return typeof stack === 'string' ? `\n${stack}` : JSON.stringify(value)
}
