import type { X509Certificate } from 'node:crypto'

/** The host names and IPs that a certificate is for, as browsers look for them (RFC 9525 §2). */
export function namesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return subjectAltName
    .split(', ')
    .flatMap((part) => /^(?:DNS|IP Address):(.+)$/.exec(part)?.[1] ?? [])
}

/** Who signed it, as people call them: the common name and the organisation. */
export function issuerOf({ issuer }: X509Certificate): string {
  const fields = new Map(issuer.split('\n').map((line) => pairOf(line)))
  const words = [fields.get('CN'), fields.get('O')].filter((text) => text !== undefined)
  return [...new Set(words)].join(', ') || issuer.replaceAll('\n', ', ')
}

function pairOf(line: string): [string, string] {
  const at = line.indexOf('=')
  return [line.slice(0, at), line.slice(at + 1)]
}

/** The PEM blocks of a text with their labels, in their order. */
export function pemBlocks(text: string): readonly Readonly<{ label: string; pem: string }>[] {
  const blocks = text.matchAll(
    /-----BEGIN ([A-Z0-9 ]+)-----[^-]*(?:-(?!----)[^-]*)*-----END \1-----/g,
  )
  return [...blocks].map(([pem, label = '']) => ({ label, pem: `${pem.replaceAll('\r', '')}\n` }))
}

/** A day as people write it in UTC: `2026-11-22`. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}
