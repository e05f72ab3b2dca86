import { type OvfFacts, readOvf } from './ovf-document.ts'
import { parseVmdkHead, type VmdkHead } from './vmdk.ts'

/** What the rules ask of a file beside the descriptor. */
export type OvfPackageFile = Readonly<{ name: string; size: number; head: Buffer }>

type Rule = (facts: OvfFacts, files: readonly OvfPackageFile[]) => string[]

// Values of CIM_ResourceAllocationSettingData.ResourceType (CIM 2.x).
const resource = { processor: 3, memory: 4, scsi: 6, network: 10, cdDrive: 15, disk: 17, sata: 20 }
const controllers = [5, resource.scsi, resource.sata]

/** What Debian's kernel for clouds has a driver for, of what OVF names and VMware and VirtualBox know. */
const drivenControllers = ['vmware.sata.ahci', 'AHCI', 'VirtualSCSI']
const drivenAdapters = ['VmxNet3', 'virtio']

/**
 * Says what is wrong with an OVF descriptor and the files that it refers to: form, order, identifiers that are
 * unique, references that lead somewhere, sizes, and hardware that the image has drivers for.
 */
export function ovfProblems(descriptor: string, files: readonly OvfPackageFile[]): string[] {
  try {
    const { facts, problems } = readOvf(descriptor)
    return [...problems, ...rules.flatMap((rule) => rule(facts, files))]
  } catch (error) {
    return [`the descriptor is not well-formed: ${error instanceof Error ? error.message : error}`]
  }
}

/** Each text that occurs more than once. */
export function repeated(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))]
}

const uniqueIds: Rule = (facts) => {
  const places = facts.items.flatMap(({ parent, address }) =>
    parent ? [`${parent}/${address}`] : [],
  )
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ['File id', facts.files.map(({ id }) => id)],
    ['diskId', facts.disks.map(({ id }) => id)],
    ['network name', facts.networks],
    ['InstanceID', facts.items.map(({ id }) => id)],
    ['property key', facts.properties.map(({ key }) => key)],
    ['place on a controller', places],
  ]
  return kinds.flatMap(([kind, values]) =>
    repeated(values).map((value) => `the ${kind} ${value} is there twice`),
  )
}

const filesAreThere: Rule = ({ files }, present) => {
  const referred = files.flatMap(({ href, size }) => {
    const file = present.find(({ name }) => name === href)
    if (!file) return [`the file ${href} is referred to and not here`]
    return file.size === size ? [] : [`${href} has ${file.size} bytes, not ovf:size ${size}`]
  })
  const unasked = present.filter(({ name }) => !files.some(({ href }) => href === name))
  return [...referred, ...unasked.map(({ name }) => `no File element refers to ${name}`)]
}

const disksAreTheirFiles: Rule = ({ files, disks }, present) =>
  disks.flatMap(({ id, fileRef, capacityBytes }) => {
    const file = files.find((candidate) => candidate.id === fileRef)
    if (!file) return [`the disk ${id} refers to the file ${fileRef}, which is not declared`]
    const head = present.find(({ name }) => name === file.href)?.head
    return vmdkProblems(file.href, head && parseVmdkHead(head), capacityBytes)
  })

function vmdkProblems(name: string, vmdk: VmdkHead | undefined, capacityBytes: number): string[] {
  if (!vmdk) return [`${name} is no sparse VMDK file`]
  const isStream = vmdk.version === 3 && vmdk.isCompressed && vmdk.createType === 'streamOptimized'
  const hasId = /^[0-9a-f]{8}$/.test(vmdk.contentId) && vmdk.contentId < 'fffffffe'
  return said([
    [
      vmdk.capacityBytes === capacityBytes,
      `${name} holds ${vmdk.capacityBytes} bytes, not ovf:capacity`,
    ],
    [isStream, `${name} is not stream-optimized`],
    [hasId, `${name} has no content id`],
  ])
}

/** What is said of the conditions that do not hold. */
function said(conditions: readonly (readonly [holds: boolean, otherwise: string])[]): string[] {
  return conditions.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise]))
}

const itemsLeadSomewhere: Rule = ({ items, disks, networks }) =>
  items.flatMap(({ id, type, parent, hostResource, connection }) => {
    const above = items.find((item) => item.id === parent)
    const isDrive = type === resource.disk || type === resource.cdDrive
    const needsParent = parent !== undefined || isDrive
    const needsDisk = hostResource !== undefined || type === resource.disk
    const needsNetwork = connection !== undefined || type === resource.network
    const isDisk = disks.some((disk) => hostResource === `ovf:/disk/${disk.id}`)
    return said([
      [
        !needsParent || controllers.includes(above?.type ?? 0),
        `the Parent ${parent} of item ${id} is no controller`,
      ],
      [!needsDisk || isDisk, `the HostResource ${hostResource} of item ${id} is no disk`],
      [
        !needsNetwork || networks.includes(connection ?? ''),
        `the Connection ${connection} of item ${id} is no network`,
      ],
    ])
  })

const everyDiskIsUsed: Rule = ({ items, disks }) =>
  disks
    .filter(({ id }) => !items.some(({ hostResource }) => hostResource === `ovf:/disk/${id}`))
    .map(({ id }) => `no item uses the disk ${id}`)

const enoughHardware: Rule = ({ items }) => {
  const quantity = (type: number) => items.find((item) => item.type === type)?.quantity ?? 0
  const count = (type: number) => items.filter((item) => item.type === type).length
  return said([
    [quantity(resource.processor) >= 2, 'fewer than 2 processors'],
    [quantity(resource.memory) >= 2048, 'less than 2048 MiB of memory'],
    [count(resource.disk) === 1, 'not one disk'],
    [count(resource.network) === 1, 'not one network adapter'],
  ])
}

const drivenHardware: Rule = ({ items }) =>
  items.flatMap(({ id, type, subType = '' }) => {
    const known = controllers.includes(type)
      ? drivenControllers
      : type === resource.network
        ? drivenAdapters
        : undefined
    const driven = known === undefined || known.includes(subType)
    return driven ? [] : [`the image's kernel may have no driver for item ${id} (${subType})`]
  })

/** What cloud-init's data source OVF reads; it would take a password too, which ours has none of. */
const readProperties = [
  'hostname',
  'instance-id',
  'local-hostname',
  'network-config',
  'public-keys',
  'user-data',
]

const propertiesArrive: Rule = ({ transport, items, properties }) => {
  const unread = properties.filter(({ key }) => !readProperties.includes(key))
  const problems = properties
    .filter(({ label, isUserConfigurable }) => label === '' || !isUserConfigurable)
    .map(({ key }) => `the property ${key} cannot be set by whoever deploys`)
  problems.push(...unread.map(({ key }) => `the guest does not read the property ${key}`))
  const hasDrive = items.some(({ type }) => type === resource.cdDrive)
  if (properties.length > 0 && !(transport.includes('iso') && hasDrive))
    problems.push('the properties do not reach the guest: no transport iso with a CD drive')
  return problems
}

const rules: readonly Rule[] = [
  uniqueIds,
  filesAreThere,
  disksAreTheirFiles,
  itemsLeadSomewhere,
  everyDiskIsUsed,
  enoughHardware,
  drivenHardware,
  propertiesArrive,
]
