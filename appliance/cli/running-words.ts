import { styleText } from 'node:util'
import type { Asked, RunningVerdicts } from '../health/ask-verdicts.ts'

const COLOURS = { ok: 'green', note: 'gray', warn: 'yellow', bad: 'red' } as const

const WORDS = { ok: 'ok', note: 'note', warn: 'warning', bad: 'problem' } as const

type Level = keyof typeof WORDS

/** Whether what runs says that something is bad. */
export function isBad(asked: Asked): boolean {
  return asked.ok && asked.running.health.verdicts.some(({ level }) => level === 'bad')
}

/** What a running appliance says, as the page has it; else why it says nothing. */
export function describeRunning(asked: Asked, colour: boolean): string {
  if (!asked.ok) return `${asked.why}\n`
  const { health, alerts } = asked.running
  const word = (level: Level) => {
    const text = WORDS[level].padEnd(7)
    return colour ? styleText(COLOURS[level], text, { validateStream: false }) : text
  }
  const lines = [
    `Callbox runs here. ${plain(health.text)}`,
    ...health.verdicts.flatMap(({ level, text, fix, command }) => [
      `${word(level)}  ${plain(text)}`,
      ...(fix === '' ? [] : [`         ${plain(fix)}`]),
      ...(command === undefined ? [] : [`         ${plain(command)}`]),
    ]),
    ...alerts.filter(({ state }) => state === 'firing').map(alertLine),
  ]
  return `${lines.join('\n')}\n`
}

function alertLine({ title, value, sinceMs, silencedUntilMs }: RunningVerdicts['alerts'][number]) {
  const silence =
    silencedUntilMs === undefined
      ? ''
      : `, silenced until ${new Date(silencedUntilMs).toISOString()}`
  return `alert    ${plain(title)}: ${plain(value)} (since ${new Date(sinceMs).toISOString()}${silence})`
}

/** Names of people are in these texts: nothing in them moves the cursor or colours. */
function plain(text: string): string {
  return text.replaceAll(/\p{C}/gu, ' ')
}
