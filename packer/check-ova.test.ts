import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { problemsOfOva } from './check-ova.ts'
import { parseXml } from './xml.ts'

type Parts = { ovf: string; disk: Buffer; manifest?: string; order?: readonly string[] }

const capacity = 4 * 2 ** 20
const folder = t.testdir({})
let count = 0

t.test('has nothing against an OVA made of our descriptor', async (t) => {
  t.same(problemsOf({}), [])
})

t.test('finds each fault of a descriptor', async (t) => {
  const faults: readonly (readonly [from: string | RegExp, to: string, RegExp])[] = [
    ['</Envelope>', '', /not well-formed/],
    ['<Info>', '<Info>&nbsp;', /unknown entity/],
    ['ovf:id="disk-file"', 'ovf:id="disk-file" ovf:id="x"', /has ovf:id twice/],
    ['ovf/envelope/1" xmlns:ovf', 'ovf/envelope/2" xmlns:ovf', /declares xmlns as/],
    [/ xmlns:rasd="[^"]*"/, '', /does not declare xmlns:rasd/],
    [/<Info>The virtual disk.*<\/Info>/, '', /DiskSection has no Info/],
    [/(<File .*\/>)/, '$1$1', /File id disk-file is there twice/],
    [/(<Disk .*\/>)/, '$1$1', /diskId disk is there twice/],
    ['<rasd:InstanceID>2<', '<rasd:InstanceID>1<', /InstanceID 1 is there twice/],
    ['ovf:key="public-keys"', 'ovf:key="hostname"', /property key hostname is there twice/],
    ['<rasd:AddressOnParent>1<', '<rasd:AddressOnParent>0<', /place on a controller 3\/0 is there/],
    ['ovf:href="box.vmdk"', 'ovf:href="other.vmdk"', /other\.vmdk is referred to and not here/],
    ['ovf:href="box.vmdk"', 'ovf:href="other.vmdk"', /no File element refers to box\.vmdk/],
    [/ovf:size="\d+"/, 'ovf:size="1"', /not ovf:size 1/],
    ['ovf:fileRef="disk-file"', 'ovf:fileRef="file"', /refers to the file file, which is not/],
    [/ovf:capacity="\d+"/, 'ovf:capacity="4"', /not ovf:capacity/],
    ['AllocationUnits="byte"', 'AllocationUnits="byte * 2^20"', /not ovf:capacity/],
    ['ovf:/disk/disk', 'ovf:/disk/disk1', /HostResource ovf:\/disk\/disk1 of item 4 is no disk/],
    ['ovf:/disk/disk', 'ovf:/disk/disk1', /no item uses the disk disk/],
    ['<rasd:Parent>3<', '<rasd:Parent>2<', /Parent 2 of item 4 is no controller/],
    [/\s*<rasd:Parent>3<\/rasd:Parent>/, '', /Parent undefined of item 4 is no controller/],
    ['<rasd:Connection>VM Network<', '<rasd:Connection>LAN<', /Connection LAN of item 6 is no/],
    ['<rasd:VirtualQuantity>2<', '<rasd:VirtualQuantity>1<', /fewer than 2 processors/],
    ['<rasd:VirtualQuantity>2048<', '<rasd:VirtualQuantity>512<', /less than 2048 MiB/],
    ['>VmxNet3<', '>E1000<', /no driver for item 6 \(E1000\)/],
    ['>vmware.sata.ahci<', '>lsilogic<', /no driver for item 3 \(lsilogic\)/],
    ['ovf:transport="iso ', 'ovf:transport="', /properties do not reach the guest/],
    ['<rasd:ResourceType>15<', '<rasd:ResourceType>14<', /properties do not reach the guest/],
    ['ovf:key="user-data"', 'ovf:key="userdata"', /does not read the property userdata/],
    ['ovf:userConfigurable="true"', '', /hostname cannot be set/],
    [/(<rasd:InstanceID>6.*\n)(.*\n)/, '$2$1', /children of Item are not in the schema's order/],
    [/<rasd:ElementName>Hard.*/, '', /Item has no rasd:ElementName/],
    ['<Product>Callbox</Product>', '<Product>A</Product><Product>B</Product>', /Product twice/],
    ['<Name>', '<EulaSection/><Name>', /EulaSection has no place in VirtualSystem/],
  ]
  for (const [from, to, expected] of faults) {
    const changed = descriptor().replace(from, to)
    t.not(changed, descriptor(), `${from} is there`)
    const problems = problemsOf({ ovf: changed })
    t.ok(
      problems.some((problem) => expected.test(problem)),
      `${from}: ${problems.join('; ')}`,
    )
  }
})

t.test('finds each fault of the disk', async (t) => {
  const fault = (change: (disk: Buffer) => void) => {
    const disk = vmdk()
    change(disk)
    return problemsOf({ disk })
  }
  t.match(
    fault((disk) => disk.write('COWD', 0)),
    [/no sparse VMDK/],
  )
  t.match(
    fault((disk) => disk.writeUInt32LE(1, 4)),
    [/not stream-optimized/],
  )
  t.match(
    fault((disk) => disk.writeUInt32LE(3, 8)),
    [/not stream-optimized/],
  )
  t.match(
    fault((disk) => disk.writeBigUInt64LE(7n, 12)),
    [/holds 3584 bytes, not ovf:capacity/],
  )
  t.match(
    fault((disk) => disk.write('CID=ffffffff', 512)),
    [/no content id/],
  )
})

t.test('finds each fault of the manifest and the archive', async (t) => {
  const digest = '0'.repeat(64)
  const good = manifestOf({ 'box.ovf': Buffer.from(descriptor()), 'box.vmdk': vmdk() })
  const [first = '', second = ''] = good.split('\n')
  const faults: readonly (readonly [manifest: string, RegExp])[] = [
    [`${first}\n`, /does not have the digest of box\.vmdk/],
    [`${first}\nSHA256(box.vmdk)= ${digest}\n`, /does not have the digest of box\.vmdk/],
    [`${good}${second}\n`, /names box\.vmdk twice/],
    [`${good}SHA256(box.iso)= ${digest}\n`, /names box\.iso, which is not here/],
    [`${first}\n${second.replace('SHA256', 'SHA1')}\n`, /not a line of a manifest/],
  ]
  for (const [manifest, expected] of faults) {
    const problems = problemsOf({ manifest })
    t.ok(
      problems.some((problem) => expected.test(problem)),
      problems.join('; '),
    )
  }
  t.match(problemsOf({ order: ['box.mf', 'box.ovf', 'box.vmdk'] }), [/first file is not the .ovf/])
  t.match(problemsOf({ order: ['box.ovf', 'box.vmdk', 'box.mf'] }), [/second file is not the man/])
  t.ok(
    problemsOf({ order: ['box.ovf', 'box.mf', 'box.vmdk', 'box.vmdk'] }).includes(
      'box.vmdk is in the archive twice',
    ),
  )
})

t.test('refuses what is no plain archive', async (t) => {
  const whole = archive({})
  const gnu = Buffer.from(whole).fill('ustar  \0', 257, 265, 'latin1')
  const linked = Buffer.from(whole).fill('2', 156, 157)
  t.match(problemsOfBytes(gnu), [/not a ustar archive/])
  t.match(problemsOfBytes(linked), [/wrong checksum/])
  t.match(problemsOfBytes(whole.subarray(0, 1000)), [/ends within box\.ovf/])
  t.match(problemsOfBytes(whole.subarray(0, whole.length - 1024)), [/without its mark of the end/])
})

t.test('reads XML as it is written, and refuses the rest', async (t) => {
  const read = parseXml('<?xml version="1.0"?>\n<a b="1 &amp; 2"><!-- c --><d/>e &lt; f</a>\n')
  t.equal(read.attributes.get('b'), '1 & 2')
  t.equal(read.text, 'e < f')
  t.same(
    read.children.map(({ name }) => name),
    ['d'],
  )
  for (const bad of ['', '<a>', '</a>', '<a></b>', '<a/><b/>', '<a b=1/>', '<a><![CDATA[]]></a>']) {
    t.throws(() => parseXml(bad), bad)
  }
})

function descriptor(): string {
  const values: Readonly<Record<string, string>> = {
    NAME: 'box',
    VERSION: '1.0.0',
    SIZE: String(vmdk().length),
    CAPACITY: String(capacity),
    FIRMWARE: 'efi',
  }
  const template = readFileSync(join(import.meta.dirname, 'appliance.ovf'), 'utf8')
  return template.replace(/@([A-Z]+)@/g, (_, name: string) => values[name] ?? '')
}

/** The head of a stream-optimized VMDK, without the grains that would follow. */
function vmdk(): Buffer {
  const disk = Buffer.alloc(2048)
  disk.write('KDMV')
  disk.writeUInt32LE(3, 4)
  disk.writeUInt32LE(0x30003, 8)
  disk.writeBigUInt64LE(BigInt(capacity / 512), 12)
  disk.writeBigUInt64LE(1n, 28)
  disk.writeBigUInt64LE(2n, 36)
  disk.write('CID=12345678\nparentCID=ffffffff\ncreateType="streamOptimized"\n', 512)
  return disk
}

function problemsOf(parts: Partial<Parts>): string[] {
  return problemsOfBytes(archive(parts))
}

function problemsOfBytes(bytes: Buffer): string[] {
  const path = join(folder, `${count++}.ova`)
  writeFileSync(path, bytes)
  return problemsOfOva(path)
}

function archive({ ovf = descriptor(), disk = vmdk(), manifest, order }: Partial<Parts>): Buffer {
  const contents: Record<string, Buffer> = { 'box.ovf': Buffer.from(ovf), 'box.vmdk': disk }
  contents['box.mf'] = Buffer.from(manifest ?? manifestOf(contents))
  const names = order ?? ['box.ovf', 'box.mf', 'box.vmdk']
  const files = names.map((name) => tarFile(name, contents[name] ?? Buffer.alloc(0)))
  return Buffer.concat([...files, Buffer.alloc(1024)])
}

function manifestOf(contents: Readonly<Record<string, Buffer>>): string {
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  return Object.entries(contents)
    .map(([name, bytes]) => `SHA256(${name})= ${digest(bytes)}\n`)
    .join('')
}

function tarFile(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512)
  header.write(name)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
  return Buffer.concat([header, content, padding])
}
