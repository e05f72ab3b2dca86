import type { Warning } from '../../warning.ts'
import type { Facts } from '../facts.ts'
import { type Line, line, span, type Tone, wrap } from '../text.ts'

const LABELS = 11

/** Draws the way to the admin page: the set-up link while there is no password. */
export function adminLines(facts: Facts, columns: number, withCode: boolean): readonly Line[] {
  const { adminUrl, setupLink } = facts
  if (setupLink !== undefined) {
    const how = withCode ? 'Open or scan it; it works once:' : 'Open it; it works once:'
    return [heading('Set the admin password'), line(how), ...link(setupLink, columns)]
  }
  if (adminUrl === undefined) {
    const text =
      facts.services.state === 'down'
        ? 'Callbox is not running. Its log is in the menu.'
        : 'Callbox has not told yet where its pages are.'
    return wrap(text, columns).map((row) => line(span('warning', row)))
  }
  return [heading('Admin page'), ...link(adminUrl, columns)]
}

/** Draws how services, clock and updates are. */
export function stateLines(facts: Facts, columns: number): readonly Line[] {
  return [
    ...serviceLines(facts, columns),
    clockLine(facts),
    ...(facts.update === undefined ? [] : labelled('Update', 'warning', facts.update, columns)),
    ...(facts.rebootRequired
      ? labelled('Reboot', 'warning', 'needed by a system update', columns)
      : []),
  ]
}

/** Draws the addresses of each interface, the gateways and the name servers. */
export function networkLines(facts: Facts, columns: number): readonly Line[] {
  const { interfaces, gateways, nameServers } = facts
  const each = interfaces.flatMap(({ name, up, addresses }) => {
    if (addresses.length > 0) return labelled(name, 'plain', addresses.join(' '), columns)
    return labelled(name, up ? 'warning' : 'quiet', up ? 'no address' : 'no link', columns)
  })
  return [
    ...(each.length === 0 ? labelled('Network', 'bad', 'no interface', columns) : each),
    ...(gateways.length === 0
      ? labelled('Gateway', 'warning', 'none', columns)
      : labelled('Gateway', 'plain', gateways.join(' '), columns)),
    ...(nameServers.length === 0 ? [] : labelled('DNS', 'plain', nameServers.join(' '), columns)),
  ]
}

/** Draws the fingerprint to compare in the browser, as many whole bytes on a line as fit. */
export function certificateLines({ certificate }: Facts, columns: number): readonly Line[] {
  if (certificate === undefined) return []
  const { fingerprint, daysLeft } = certificate
  const bytes = fingerprint.split(':')
  const perLine = columns >= 47 ? 16 : columns >= 32 ? 11 : 8
  const rows = Math.ceil(bytes.length / perLine)
  const left = daysLeft < 0 ? 'expired' : `${daysLeft} days left`
  return [
    line(span('quiet', `Certificate SHA-256 (${left})`)),
    ...Array.from({ length: rows }, (_, row) =>
      line(bytes.slice(row * perLine, (row + 1) * perLine).join(':')),
    ),
  ]
}

/** Draws a warning, and what to do about it. */
export function warningWithFix({ message, fix }: Warning, columns: number): readonly Line[] {
  return [
    ...wrap(message, columns).map((text) => line(span('warning', text))),
    ...wrap(fix, columns).map((text) => line(text)),
  ]
}

/** Draws a text as a heading. */
function heading(text: string): Line {
  return line(span('strong', text))
}

/** Draws a value behind its label, in as many lines as it takes. */
function labelled(label: string, tone: Tone, value: string, columns: number): readonly Line[] {
  return wrap(value, columns - LABELS).map((text, index) =>
    line((index === 0 ? label.slice(0, LABELS - 1) : '').padEnd(LABELS), span(tone, text)),
  )
}

function serviceLines({ services }: Facts, columns: number): readonly Line[] {
  if (services.state === 'ready') return labelled('Callbox', 'good', 'ready', columns)
  if (services.state === 'down') return labelled('Callbox', 'bad', 'not running', columns)
  return labelled('Callbox', 'bad', services.problems.join('; ') || 'not ready', columns)
}

function clockLine({ clockSynchronized }: Facts): Line {
  const label = 'Clock'.padEnd(LABELS)
  if (clockSynchronized === undefined) return line(label, span('quiet', 'unknown'))
  return clockSynchronized
    ? line(label, span('good', 'synchronized'))
    : line(label, span('warning', 'not synchronized'))
}

/** Broken before the question mark, and then wherever it must: it has no spaces. */
function link(url: string, columns: number): readonly Line[] {
  const [page = '', ...code] = url.split(/(?=\?)/)
  const parts = url.length <= columns ? [url] : [page, ...code]
  return parts.flatMap((part) => wrap(part, columns)).map((text) => line(span('strong', text)))
}
