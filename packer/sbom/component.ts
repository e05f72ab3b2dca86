/** One thing in the image, as both forms of the bill of materials have it. */
export type Component = Readonly<{
  kind: 'system-package' | 'npm-package' | 'program' | 'part'
  name: string
  /** undefined where a part does not say which it is */
  version: string | undefined
  purl: string
  cpe?: string | undefined
  /** An SPDX expression; undefined when nothing readable by machines states one. */
  licence: string | undefined
  /** The texts of the expression's `LicenseRef-…`, by that name. */
  licenceTexts?: ReadonlyMap<string, string>
  hashes: readonly Hash[]
  supplier?: string | undefined
  /** The purl of the program that a part is compiled or bundled into. */
  partOf?: string
  comment?: string
}>

export type Hash = Readonly<{ algorithm: 'SHA-256' | 'SHA-512'; hex: string }>

/** What the whole bill is about. */
export type Bill = Readonly<{
  /** of the image */
  name: string
  version: string
  /** seconds since 1970 */
  createdAt: number
  /** for identifiers: the same content gets the same ones */
  contentHash: string
  system: Readonly<{ id: string; version: string; name: string }>
  components: readonly Component[]
}>

/** A package URL: `type/namespace/name@version?qualifiers` (purl-spec). */
export function purl(
  path: readonly string[],
  version: string | undefined,
  qualifiers: Readonly<Record<string, string>> = {},
): string {
  const query = Object.entries(qualifiers).map(([name, value]) => `${name}=${encoded(value)}`)
  const tail = query.length > 0 ? `?${query.sort().join('&')}` : ''
  return `pkg:${path.map(encoded).join('/')}${version === undefined ? '' : `@${encoded(version)}`}${tail}`
}

function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':')
}
