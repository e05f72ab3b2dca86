import { parseXml, type XmlElement } from './xml.ts'

/** What an OVF descriptor says, as far as our rules ask. */
export type OvfFacts = Readonly<{
  files: readonly Readonly<{ id: string; href: string; size: number }>[]
  disks: readonly Readonly<{ id: string; fileRef: string; capacityBytes: number }>[]
  networks: readonly string[]
  transport: readonly string[]
  properties: readonly Readonly<{ key: string; label: string; isUserConfigurable: boolean }>[]
  items: readonly OvfItem[]
}>

/** One piece of virtual hardware. */
export type OvfItem = Readonly<{
  id: string
  type: number
  subType: string | undefined
  parent: string | undefined
  address: string | undefined
  hostResource: string | undefined
  connection: string | undefined
  quantity: number | undefined
}>

const cim = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2'
const namespaces: Readonly<Record<string, string>> = {
  xmlns: 'http://schemas.dmtf.org/ovf/envelope/1',
  'xmlns:ovf': 'http://schemas.dmtf.org/ovf/envelope/1',
  'xmlns:rasd': `${cim}/CIM_ResourceAllocationSettingData`,
  'xmlns:vssd': `${cim}/CIM_VirtualSystemSettingData`,
  'xmlns:vmw': 'http://www.vmware.com/schema/ovf',
}

/** The children of each element in the standard's order (DSP0243 1.1.1 and its schema); `+` must be there. */
const childrenOf: Readonly<Record<string, string>> = {
  Envelope: 'References+ DiskSection+ NetworkSection+ VirtualSystem+',
  References: 'File+',
  DiskSection: 'Info+ Disk+',
  NetworkSection: 'Info+ Network+',
  Network: 'Description',
  VirtualSystem:
    'Info+ Name OperatingSystemSection+ ProductSection+ AnnotationSection VirtualHardwareSection+',
  OperatingSystemSection: 'Info+ Description',
  ProductSection: 'Info+ Product+ Vendor Version+ FullVersion ProductUrl Category Property',
  Property: 'Label+ Description',
  AnnotationSection: 'Info+ Annotation+',
  VirtualHardwareSection: 'Info+ System Item+ vmw:Config',
  System: 'vssd:ElementName+ vssd:InstanceID+ vssd:VirtualSystemIdentifier vssd:VirtualSystemType+',
  Item: [
    'rasd:Address rasd:AddressOnParent rasd:AllocationUnits rasd:AutomaticAllocation',
    'rasd:Connection rasd:Description rasd:ElementName+ rasd:HostResource rasd:InstanceID+',
    'rasd:Parent rasd:ResourceSubType rasd:ResourceType+ rasd:VirtualQuantity',
  ].join(' '),
}
const mayRepeat = ['File', 'Disk', 'Network', 'Property', 'Item', 'vmw:Config']

/**
 * Reads an OVF descriptor.
 * @returns what it says, and what is wrong with its form: unknown, missing or misplaced elements and namespaces
 * @throws Error when it is not well-formed XML
 */
export function readOvf(descriptor: string): { facts: OvfFacts; problems: string[] } {
  const root = parseXml(descriptor)
  const problems = [...namespaceProblems(root), ...formProblems(root)]
  if (root.name !== 'Envelope') problems.push(`the root is ${root.name}, not Envelope`)
  const system = child(root, 'VirtualSystem')
  const hardware = child(system, 'VirtualHardwareSection')
  const facts: OvfFacts = {
    files: children(child(root, 'References'), 'File').map((file) => ({
      id: attribute(file, 'ovf:id'),
      href: attribute(file, 'ovf:href'),
      size: Number(attribute(file, 'ovf:size')),
    })),
    disks: children(child(root, 'DiskSection'), 'Disk').map((disk) => ({
      id: attribute(disk, 'ovf:diskId'),
      fileRef: attribute(disk, 'ovf:fileRef'),
      capacityBytes:
        attribute(disk, 'ovf:capacityAllocationUnits') === 'byte'
          ? Number(attribute(disk, 'ovf:capacity'))
          : Number.NaN,
    })),
    networks: children(child(root, 'NetworkSection'), 'Network').map((network) =>
      attribute(network, 'ovf:name'),
    ),
    transport: attribute(hardware, 'ovf:transport').split(' '),
    properties: children(child(system, 'ProductSection'), 'Property').map((property) => ({
      key: attribute(property, 'ovf:key'),
      label: child(property, 'Label')?.text ?? '',
      isUserConfigurable: attribute(property, 'ovf:userConfigurable') === 'true',
    })),
    items: children(hardware, 'Item').map(itemOf),
  }
  return { facts, problems }
}

function itemOf(item: XmlElement): OvfItem {
  const text = (name: string) => child(item, `rasd:${name}`)?.text
  const quantity = text('VirtualQuantity')
  return {
    id: text('InstanceID') ?? '',
    type: Number(text('ResourceType')),
    subType: text('ResourceSubType'),
    parent: text('Parent'),
    address: text('AddressOnParent'),
    hostResource: text('HostResource'),
    connection: text('Connection'),
    quantity: quantity === undefined ? undefined : Number(quantity),
  }
}

function namespaceProblems(root: XmlElement): string[] {
  const given = [...root.attributes].filter(([name]) => name.startsWith('xmlns'))
  const missing = Object.keys(namespaces).filter((name) => !root.attributes.has(name))
  const wrong = given.filter(([name, uri]) => namespaces[name] !== uri)
  return [
    ...missing.map((name) => `Envelope does not declare ${name}`),
    ...wrong.map(([name, uri]) => `Envelope declares ${name} as ${uri}`),
  ]
}

function formProblems(element: XmlElement): string[] {
  const rule = childrenOf[element.name]
  if (rule === undefined) {
    return element.children.map(({ name }) => `${name} has no place in ${element.name}`)
  }
  const order = rule.split(' ').map((name) => name.replace('+', ''))
  const names = element.children.map(({ name }) => name)
  const problems = names
    .filter((name) => !order.includes(name))
    .map((name) => `${name} has no place in ${element.name}`)
  const missing = order.filter(
    (name) => rule.split(' ').includes(`${name}+`) && !names.includes(name),
  )
  const places = names.map((name) => order.indexOf(name)).filter((place) => place >= 0)
  const isSorted = places.every((place, index) => index === 0 || place >= (places[index - 1] ?? 0))
  const twice = names.filter(
    (name, index) => names.indexOf(name) !== index && !mayRepeat.includes(name),
  )
  if (!isSorted) problems.push(`the children of ${element.name} are not in the schema's order`)
  return [
    ...problems,
    ...missing.map((name) => `${element.name} has no ${name}`),
    ...twice.map((name) => `${element.name} has ${name} twice`),
    ...element.children.flatMap(formProblems),
  ]
}

function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return children(element, name)[0]
}

function children(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((candidate) => candidate.name === name) ?? []
}

function attribute(element: XmlElement | undefined, name: string): string {
  return element?.attributes.get(name) ?? ''
}
