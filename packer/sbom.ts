import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { osRelease } from '../scripts/mediasoup-worker/places.ts'
import type { Bill, Component } from './sbom/component.ts'
import { cyclonedxDocument } from './sbom/cyclonedx.ts'
import { debianComponents } from './sbom/debian-packages.ts'
import { npmComponents } from './sbom/npm-packages.ts'
import { programComponents, type VersionHere } from './sbom/programs.ts'
import { spdxDocument } from './sbom/spdx.ts'

const help = `usage: node packer/sbom.ts --root DIR [--release DIR] --output DIR --name NAME

Writes OUTPUT/NAME.spdx.json (SPDX 2.3) and OUTPUT/NAME.cdx.json (CycloneDX 1.5): the Debian packages of the system
in the folder DIR, the npm packages of the release in it, its Node, its mediasoup worker and what is compiled into both.

  --root DIR      a system that does not run, before apt's lists are removed: they have the hashes of the packages
  --release DIR   the release; default: opt/callbox/current within the root
  SOURCE_DATE_EPOCH   the time in both documents; default: now
`

/** Where the bill's facts are. */
export type BillSources = Readonly<{
  root: string
  release: string
  name: string
  createdAt: number
  versionHere: VersionHere
}>

/** Collects what is in the image. */
export function billOf({ root, release, name, createdAt, versionHere }: BillSources): Bill {
  const system = osRelease(root)
  const { version } = JSON.parse(readFileSync(join(release, 'package.json'), 'utf8'))
  const components = [
    ...debianComponents(root),
    ...npmComponents(release),
    ...programComponents(release, versionHere),
  ]
  const content = JSON.stringify([name, version, components])
  return {
    name,
    version,
    createdAt,
    contentHash: createHash('sha256').update(content).digest('hex'),
    system: {
      id: system['ID'] ?? 'linux',
      version: system['VERSION_ID'] ?? '',
      name: system['PRETTY_NAME'] ?? 'Linux',
    },
    components,
  }
}

/** Asks dpkg of this machine. */
const debianVersionHere: VersionHere = (name) => {
  const query = spawnSync('dpkg-query', ['-W', '-f', '$' + '{Version}', name], { encoding: 'utf8' })
  return query.status === 0 && query.stdout !== '' ? query.stdout : undefined
}

function main(): void {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: { root: text, release: text, output: text, name: text, help: { type: 'boolean' } },
  })
  const { root, output, name } = values
  if (values.help || root === undefined || output === undefined || name === undefined) {
    process.stdout.write(help)
    process.exitCode = values.help ? 0 : 2
    return
  }
  const release = values.release ?? currentRelease(root)
  const epoch = process.env['SOURCE_DATE_EPOCH']
  const createdAt = epoch ? Number(epoch) : Math.floor(Date.now() / 1000)
  const bill = billOf({ root, release, name, createdAt, versionHere: debianVersionHere })
  mkdirSync(output, { recursive: true })
  write(join(output, `${name}.spdx.json`), spdxDocument(bill))
  write(join(output, `${name}.cdx.json`), cyclonedxDocument(bill))
  const count = (kind: Component['kind']) =>
    bill.components.filter((component) => component.kind === kind).length
  process.stdout.write(
    `${count('system-package')} Debian packages, ${count('npm-package')} npm packages, ` +
      `${count('program')} programs, ${count('part')} parts of them\n`,
  )
}

/** The release that the link in the system names, wherever that is seen from. */
function currentRelease(root: string): string {
  const link = join(root, 'opt/callbox/current')
  if (!existsSync(link))
    throw new Error(`finds no release at ${link} (its link must be relative): give --release`)
  return realpathSync(link)
}

function write(path: string, document: object): void {
  writeFileSync(path, `${JSON.stringify(document, undefined, 1)}\n`)
}

if (import.meta.main) main()
