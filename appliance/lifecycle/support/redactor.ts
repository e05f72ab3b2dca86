import { redactText } from '../../telemetry/redact.ts'

/** Takes secrets out of a text. */
export type Redactor = (text: string) => string

const HIDDEN = '[redacted]'

/** Shorter values are words of every log; no secret of ours is that short. */
const MIN_LENGTH = 6

/**
 * A field whose name says that its value is nobody's business: in JSON, YAML, an environment, a log line. It begins where a
 * word does: tried at each letter, a long line of letters alone would take minutes.
 */
const NAMED =
  /((?:(?<![\w-])[\w-]*(?:secret|password|passwd|passphrase|token|credential|api_?key|private_?key|setup_?link)s?)\\*["']?\s*[:=]\s*\\*)(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;"'}[{]+)/gi

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  [/\bAGE-SECRET-KEY-[A-Z0-9-]+/g, HIDDEN],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${HIDDEN}`],
  [/(\/admin\/setup\?code=)[^\s"'&]+/g, `$1${HIDDEN}`],
  [/((?:^|\s)(?:set-)?cookie:\s*)\S.*/gim, `$1${HIDDEN}`],
  [/(:\/\/)[^\s/@:"']+:[^\s/@"']+@/g, `$1${HIDDEN}@`],
]

/** Makes the redactor for known secrets, in every form that a log may have them, and for whatever looks like one. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = new Set(secrets.filter(({ length }) => length >= MIN_LENGTH).flatMap(formsOf))
  const byLength = [...forms].sort((one, other) => other.length - one.length)
  return (text) => {
    // Tokens first: a known value inside of one would break what they are recognised by.
    let redacted = redactText(text)
    for (const form of byLength) redacted = redacted.replaceAll(form, HIDDEN)
    for (const [pattern, instead] of PATTERNS) redacted = redacted.replace(pattern, instead)
    return redacted.replace(NAMED, (_whole, name: string) => `${name}"${HIDDEN}"`)
  }
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    encodeURIComponent(secret),
    escaped(secret),
    escaped(escaped(secret)),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ]
}

/** As it stands in JSON. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
