import type { Bill, Component } from './component.ts'

const purposes: Readonly<Record<Component['kind'], string>> = {
  'system-package': 'INSTALL',
  'npm-package': 'LIBRARY',
  program: 'APPLICATION',
  part: 'LIBRARY',
}
const imageId = 'SPDXRef-image'

/** The bill as SPDX 2.3, for `JSON.stringify`. */
export function spdxDocument(bill: Bill) {
  const ids = new Map(bill.components.map(({ purl }, index) => [purl, `SPDXRef-${index + 1}`]))
  const idOf = (purl: string) => ids.get(purl) ?? imageId
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: bill.name,
    documentNamespace: `https://spdx.org/spdxdocs/${bill.name}-${bill.contentHash.slice(0, 32)}`,
    creationInfo: {
      created: `${new Date(bill.createdAt * 1000).toISOString().slice(0, 19)}Z`,
      creators: [`Tool: callbox-sbom-${bill.version}`],
    },
    packages: [
      imagePackage(bill),
      ...bill.components.map((item) => packageOf(item, idOf(item.purl))),
    ],
    hasExtractedLicensingInfos: [...licenceTexts(bill)].map(([licenseId, extractedText]) => ({
      licenseId,
      extractedText,
    })),
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', imageId),
      ...bill.components.map(({ purl, partOf = '' }) =>
        relationship(idOf(partOf), 'CONTAINS', idOf(purl)),
      ),
    ],
  }
}

/** Each once: a package may be there for two architectures. */
function licenceTexts(bill: Bill): Map<string, string> {
  return new Map(bill.components.flatMap((component) => [...(component.licenceTexts ?? [])]))
}

function imagePackage({ name, version, system }: Bill) {
  return {
    SPDXID: imageId,
    name,
    versionInfo: version,
    comment: `Callbox on ${system.name}`,
    ...unknown,
    licenseDeclared: 'NOASSERTION',
  }
}

const unknown = {
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
}

function packageOf(component: Component, id: string) {
  const { kind, name, version, purl, cpe, licence, hashes, supplier, comment } = component
  return {
    SPDXID: id,
    name,
    ...(version !== undefined && { versionInfo: version }),
    primaryPackagePurpose: purposes[kind],
    ...unknown,
    licenseDeclared: licence ?? 'NOASSERTION',
    ...(supplier !== undefined && { supplier: supplierOf(supplier) }),
    ...(comment !== undefined && { comment }),
    ...(hashes.length > 0 && {
      checksums: hashes.map(({ algorithm, hex }) => ({
        algorithm: algorithm.replace('-', ''),
        checksumValue: hex,
      })),
    }),
    externalRefs: [
      reference('PACKAGE-MANAGER', 'purl', purl),
      ...(cpe === undefined ? [] : [reference('SECURITY', 'cpe23Type', cpe)]),
    ],
  }
}

/** `Name <mail>` as SPDX writes it; nearly all of Debian's maintainers are teams. */
function supplierOf(maintainer: string): string {
  return `Organization: ${maintainer.replace(/\s*<(.*)>$/, ' ($1)')}`
}

function reference(category: string, type: string, locator: string) {
  return { referenceCategory: category, referenceType: type, referenceLocator: locator }
}

function relationship(from: string, relationshipType: string, to: string) {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to }
}
