import type { Bill, Component } from './component.ts'

const types: Readonly<Record<Component['kind'], string>> = {
  'system-package': 'library',
  'npm-package': 'library',
  program: 'application',
  part: 'library',
}

/** The bill as CycloneDX 1.5, for `JSON.stringify`. */
export function cyclonedxDocument(bill: Bill) {
  const { system } = bill
  const whole = bill.components.filter(({ partOf }) => partOf === undefined)
  const partsOf = (purl: string) => bill.components.filter(({ partOf }) => partOf === purl)
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${uuidOf(bill.contentHash)}`,
    version: 1,
    metadata: {
      timestamp: `${new Date(bill.createdAt * 1000).toISOString().slice(0, 19)}Z`,
      tools: { components: [{ type: 'application', name: 'callbox-sbom', version: bill.version }] },
      component: {
        type: 'operating-system',
        'bom-ref': 'image',
        name: bill.name,
        version: bill.version,
        description: `Callbox on ${system.name}`,
      },
    },
    components: [
      {
        type: 'operating-system',
        'bom-ref': 'system',
        name: system.id,
        version: system.version,
        description: system.name,
      },
      ...whole.map((component) => componentOf(component, partsOf(component.purl))),
    ],
  }
}

function componentOf(component: Component, parts: readonly Component[]): object {
  const { kind, name, version, purl, cpe, licence, hashes, supplier, comment } = component
  return {
    type: types[kind],
    'bom-ref': purl,
    ...(supplier !== undefined && { supplier: { name: supplier.replace(/\s*<.*>$/, '') } }),
    name,
    ...(version !== undefined && { version }),
    ...(comment !== undefined && { description: comment }),
    ...(hashes.length > 0 && {
      hashes: hashes.map(({ algorithm, hex }) => ({ alg: algorithm, content: hex })),
    }),
    ...(licence !== undefined && { licenses: [{ expression: licence }] }),
    ...(cpe !== undefined && { cpe }),
    purl,
    ...(parts.length > 0 && { components: parts.map((part) => componentOf(part, [])) }),
  }
}

/** A version 8 UUID of the hash (RFC 9562 5.8). */
function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16)
  const [a, b, c] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16)]
  return `${a}-${b}-8${c}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
