import { parseParagraphs } from './control-file.ts'

const form = /^https?:\/\/www\.debian\.org\/doc\/packaging-manuals\/copyright-format\/1\.0/

/** Debian's short names that SPDX calls otherwise (copyright-format/1.0, "License specification"). */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['apache-2', 'Apache-2.0'],
  ['apache-2.0', 'Apache-2.0'],
  ['artistic', 'Artistic-1.0'],
  ['artistic-2.0', 'Artistic-2.0'],
  ['bsd-2-clause', 'BSD-2-Clause'],
  ['bsd-3-clause', 'BSD-3-Clause'],
  ['bsd-4-clause', 'BSD-4-Clause'],
  ['bsl-1', 'BSL-1.0'],
  ['bsl-1.0', 'BSL-1.0'],
  ['cc0', 'CC0-1.0'],
  ['cc0-1.0', 'CC0-1.0'],
  ['expat', 'MIT'],
  ['isc', 'ISC'],
  ['mit', 'MIT'],
  ['mpl-1.1', 'MPL-1.1'],
  ['mpl-2.0', 'MPL-2.0'],
  ['openssl', 'OpenSSL'],
  ['python-2.0', 'Python-2.0'],
  ['unicode', 'Unicode-DFS-2016'],
  ['unlicense', 'Unlicense'],
  ['zlib', 'Zlib'],
])

/** Versions that SPDX knows of the GNU licences. */
const gnuVersions: Readonly<Record<string, readonly string[]>> = {
  GPL: ['1.0', '2.0', '3.0'],
  LGPL: ['2.0', '2.1', '3.0'],
  AGPL: ['3.0'],
  GFDL: ['1.1', '1.2', '1.3'],
}

type Licence = Readonly<{ licence: string; licenceTexts: ReadonlyMap<string, string> }>

/**
 * Reads Debian's machine-readable copyright file into one SPDX expression of all that it states. A licence
 * that SPDX has no name for becomes `LicenseRef-<owner>-<name>` with its text.
 * @returns undefined when the file is not machine-readable
 */
export function parseCopyright(text: string, owner: string): Licence | undefined {
  const [header, ...paragraphs] = parseParagraphs(text)
  if (!form.test(header?.get('Format') ?? '')) return undefined
  const texts = new Map<string, string>()
  for (const paragraph of paragraphs) {
    const [name = '', ...lines] = (paragraph.get('License') ?? '').split('\n')
    const words = lines.map((line) => line.replace(/^ \.?/, '')).join('\n')
    if (words.trim() !== '') texts.set(name.trim().toLowerCase(), words.trim())
  }
  const licenceTexts = new Map<string, string>()
  const named = (name: string, whole: string) => {
    const known = spdxName(name)
    if (known !== undefined) return known
    const reference = `LicenseRef-${owner}-${name}`.replace(/[^A-Za-z0-9.-]+/g, '-')
    licenceTexts.set(
      reference,
      texts.get(name.toLowerCase()) ?? texts.get(whole.toLowerCase()) ?? name,
    )
    return reference
  }
  const stated = paragraphs
    .filter((paragraph) => paragraph.has('Files'))
    .map((paragraph) => (paragraph.get('License') ?? '').split('\n')[0]?.trim() ?? '')
  const expressions = [...new Set(stated)].filter((name) => name !== '').sort()
  if (expressions.length === 0) return undefined
  const terms = [
    ...new Set(expressions.map((whole) => expressionOf(whole, (name) => named(name, whole)))),
  ]
  return { licence: joined(terms, 'AND'), licenceTexts }
}

/** `or` binds less than `and`, and a comma less than both (copyright-format/1.0, "License syntax"). */
function expressionOf(stated: string, named: (name: string) => string): string {
  const parts = stated.split(/,\s*and\s+/i)
  if (parts.length > 1)
    return joined(
      parts.map((part) => expressionOf(part, named)),
      'AND',
    )
  const choices = stated.split(/,?\s+or\s+/i)
  if (choices.length > 1)
    return joined(
      choices.map((part) => expressionOf(part, named)),
      'OR',
    )
  return joined(
    stated.split(/\s+and\s+/i).map((name) => named(name.trim())),
    'AND',
  )
}

function joined(terms: readonly string[], operator: 'AND' | 'OR'): string {
  const bracketed = (term: string) => (/ (AND|OR) /.test(term) ? `(${term})` : term)
  return terms.length === 1 ? (terms[0] ?? '') : terms.map(bracketed).join(` ${operator} `)
}

function spdxName(name: string): string | undefined {
  const gnu = /^(L?GPL|AGPL|GFDL)-?v?(\d)(?:\.(\d))?(?:\.0)?(\+?)$/i.exec(name)
  if (!gnu) return otherNames.get(name.toLowerCase())
  const [, family = '', major, minor = '0', later] = gnu
  const version = `${major}.${minor}`
  const known = gnuVersions[family.toUpperCase()]?.includes(version)
  return known ? `${family.toUpperCase()}-${version}-${later ? 'or-later' : 'only'}` : undefined
}
