import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { osRelease } from '../../scripts/mediasoup-worker/places.ts'
import { type Component, type Hash, purl } from './component.ts'
import { type Paragraph, parseParagraphs } from './control-file.ts'
import { parseCopyright } from './debian-copyright.ts'

/** Lists the installed Debian packages of the system in the folder `root`, sorted by name. */
export function debianComponents(root: string): Component[] {
  const release = osRelease(root)
  const distribution = release['ID'] ?? 'debian'
  const codename = release['VERSION_CODENAME'] ?? ''
  const hashes = archiveHashes(root)
  const status = parseParagraphs(readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8'))
  const installed = status.filter((fields) => / installed$/.test(fields.get('Status') ?? ''))
  const components = installed.map((fields) => {
    const name = fields.get('Package') ?? ''
    const version = fields.get('Version') ?? ''
    const arch = fields.get('Architecture') ?? ''
    const upstream = sourceOf(fields)
    const sha256 = hashes.get(`${name} ${version} ${arch}`)
    return {
      kind: 'system-package' as const,
      name,
      version,
      purl: purl(['deb', distribution, name], version, {
        arch,
        ...(codename && { distro: codename }),
        ...(upstream && { upstream }),
      }),
      ...licenceOf(root, name),
      hashes: sha256 === undefined ? [] : [{ algorithm: 'SHA-256', hex: sha256 } as Hash],
      supplier: fields.get('Maintainer'),
    }
  })
  return components.sort((a, b) => (a.purl < b.purl ? -1 : 1))
}

/** `name@version` of the source package when it is called otherwise than the binary one. */
function sourceOf(fields: Paragraph): string | undefined {
  const source = fields.get('Source')
  if (source === undefined) return undefined
  const [, name = source, version = fields.get('Version')] =
    /^(\S+)(?: \((.*)\))?$/.exec(source) ?? []
  return `${name}@${version}`
}

function licenceOf(root: string, name: string): Pick<Component, 'licence' | 'licenceTexts'> {
  const path = join(root, 'usr/share/doc', name, 'copyright')
  if (!existsSync(path)) return { licence: undefined }
  return parseCopyright(readFileSync(path, 'utf8'), name) ?? { licence: undefined }
}

/** SHA-256 of each package file, as far as the lists that apt keeps in the system name it. */
function archiveHashes(root: string): ReadonlyMap<string, string> {
  const lists = globSync(join(root, 'var/lib/apt/lists/*_Packages'))
  const paragraphs = lists.flatMap((path) => parseParagraphs(readFileSync(path, 'utf8')))
  return new Map(
    paragraphs.map((fields) => [
      ['Package', 'Version', 'Architecture'].map((name) => fields.get(name)).join(' '),
      fields.get('SHA256') ?? '',
    ]),
  )
}
