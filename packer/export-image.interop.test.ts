import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { needs } from '../scripts/test-needs.ts'
import { problemsOfOva } from './check-ova.ts'
import { crc32c } from './crc32c.ts'
import { parseVmdkHead } from './vmdk.ts'

const skip = needs('qemu-img', 'zstd')
const folder = mkdtempSync(join(tmpdir(), 'callbox-export-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const raw = join(folder, 'disk.raw')
const name = 'callbox-0.1.0-0badcafe-amd64'
writeFileSync(raw, rawDisk('a'))

t.test('writes every format, each the same disk, with its sums', { skip }, (t) => {
  const out = exported('all')
  const formats = ['ova', 'qcow2', 'raw.zst', 'vhdx', 'vmdk']
  t.same(readdirSync(out).sort(), ['SHA256SUMS', ...formats.map((format) => `${name}.${format}`)])
  t.equal(run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], out).status, 0)
  for (const format of ['qcow2', 'vmdk', 'vhdx']) {
    const file = join(out, `${name}.${format}`)
    const { status, stdout } = run('qemu-img', ['compare', '-f', 'raw', '-F', format, raw, file])
    t.equal(status, 0, stdout)
    t.not(run('qemu-img', ['compare', '-f', 'raw', '-F', format, otherDisk(), file]).status, 0)
  }
  t.equal(run('qemu-img', ['check', '-f', 'vhdx', join(out, `${name}.vhdx`)]).status, 0)
  const unpacked = spawnSync('zstd', ['-dc', join(out, `${name}.raw.zst`)], { maxBuffer: 2 ** 26 })
  t.ok(unpacked.stdout.equals(readFileSync(raw)))
  t.end()
})

t.test('is read by a program of other hands', { skip: skip || needs('7zz') }, (t) => {
  const out = exported('read', { options: ['--formats', 'vmdk,vhdx'] })
  for (const format of ['vmdk', 'vhdx']) {
    const file = join(out, `${name}.${format}`)
    const { status, stdout } = spawnSync('7zz', ['e', '-so', file], { maxBuffer: 2 ** 26 })
    t.equal(status, 0)
    t.ok(stdout.equals(readFileSync(raw)), format)
  }
  t.end()
})

t.test('writes a VMDK that says at its end where its grains are', { skip }, (t) => {
  const out = exported('vmdk', { options: ['--formats', 'vmdk'] })
  const bytes = readFileSync(join(out, `${name}.vmdk`))
  const [footer, end] = [bytes.subarray(-1024, -512), bytes.subarray(-512)]
  t.equal(bytes.readBigUInt64LE(56), 0xffff_ffff_ffff_ffffn, 'the head leaves it open')
  const directory = Number(footer.readBigUInt64LE(56)) * 512
  const table = bytes.readUInt32LE(directory) * 512
  const typeBefore = (offset: number) => bytes.readUInt32LE(offset - 512 + 12)
  t.same([typeBefore(table), typeBefore(directory), typeBefore(bytes.length - 1024)], [1, 2, 3])
  t.ok(end.every((byte) => byte === 0))
  t.equal(bytes.readUInt32LE(table), 0, 'an empty grain is not there')
  const grain = bytes.readUInt32LE(table + 4 * 16) * 512
  t.equal(bytes.readBigUInt64LE(grain), 2048n, 'a grain says which it is')
  t.end()
})

t.test('writes the same bytes again, and others for another disk', { skip }, (t) => {
  const [first, second] = [exported('first'), exported('second')]
  const third = exported('third', { disk: otherDisk() })
  for (const file of readdirSync(first)) {
    const bytes = readFileSync(join(first, file))
    t.ok(bytes.equals(readFileSync(join(second, file))), file)
    t.notOk(bytes.equals(readFileSync(join(third, file))), `${file} of another disk`)
  }
  const idIn = (out: string) => parseVmdkHead(readFileSync(join(out, `${name}.vmdk`)))?.contentId
  t.match(idIn(first), /^[0-9a-f]{8}$/)
  t.not(idIn(first), idIn(third), 'a VMDK names its content')
  t.end()
})

t.test('writes only what is asked for', { skip }, (t) => {
  const out = exported('some', { options: ['--formats', 'ova', '--firmware', 'bios'] })
  t.same(readdirSync(out).sort(), ['SHA256SUMS', `${name}.ova`])
  t.match(readFileSync(join(out, `${name}.ova`), 'latin1'), 'vmw:key="firmware" vmw:value="bios"')
  t.end()
})

t.test('refuses what it does not know, and leaves nothing behind', { skip }, (t) => {
  const odd = join(folder, 'odd.raw')
  writeFileSync(odd, 'not whole MiB')
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [['--formats', 'qcow2,vdi', raw, folder, name], /does not know the format 'vdi'/],
    [['--firmware', 'coreboot', raw, folder, name], /knows the firmware efi and bios/],
    [['--quick', raw, folder, name], /does not know --quick/],
    [[raw, folder, '../name'], /takes a NAME of letters/],
    [[raw, folder, 'a&b'], /takes a NAME of letters/],
    [[join(folder, 'none.raw'), folder, name], /finds no raw image/],
    [[odd, folder, name], /takes a raw image of whole MiB/],
    [[raw, folder], /usage:/],
  ]
  for (const [args, reason] of refusals) {
    const { status, stderr } = exportImage(args)
    t.match({ status, stderr }, { status: 2, stderr: reason })
  }
  t.notOk(readdirSync(folder).some((file) => file.startsWith('.export') || file.startsWith(name)))
  t.end()
})

t.test('keeps no file that does not hold the disk', { skip }, async (t) => {
  const path = `${t.testdir({})}:${process.env['PATH']}`
  const real = run('sh', ['-c', 'command -v qemu-img']).stdout.trim()
  const wrong = `#!/bin/sh\ncase "$*" in convert*) set -- "$@"; for last; do :; done
exec "${real}" create -q -f qcow2 "$last" 4M ;; esac\nexec "${real}" "$@"\n`
  writeFileSync(join(t.testdirName, 'qemu-img'), wrong, { mode: 0o755 })
  const out = join(folder, 'wrong')
  const { status, stderr } = exportImage(['--formats', 'qcow2', raw, out, name], { PATH: path })
  t.match({ status, stderr }, { status: 1, stderr: /qcow2 does not hold the same disk/ })
  t.same(readdirSync(out), [])
})

t.test('signs the sums when there is a key', { skip: skip || needs('minisign') }, (t) => {
  const key = join(folder, 'key')
  t.equal(run('minisign', ['-G', '-W', '-p', `${key}.pub`, '-s', key]).status, 0)
  const out = exported('signed', { options: ['--formats', 'qcow2'], env: { MINISIGN_KEY: key } })
  const sums = join(out, 'SHA256SUMS')
  const check = () => run('minisign', ['-V', '-p', `${key}.pub`, '-m', sums]).status
  t.equal(check(), 0)
  writeFileSync(sums, 'other sums')
  t.not(check(), 0, 'and the signature is of these sums')
  t.end()
})

t.test('makes an OVA that a strict reading has nothing against', { skip }, (t) => {
  const out = exported('ova', { options: ['--formats', 'ova'] })
  t.same(problemsOfOva(join(out, `${name}.ova`)), [])
  const { stdout } = run('tar', ['tvf', join(out, `${name}.ova`)])
  t.match(stdout, /0\/0 .*\.ovf\n.*0\/0 .*\.mf\n.*0\/0 .*\.vmdk\n$/)
  t.end()
})

t.test('fills the descriptor in', { skip: skip || needs('xmllint') }, (t) => {
  const out = exported('descriptor', { options: ['--formats', 'ova', '--version', '1.2.3'] })
  const parts = unpacked(join(out, `${name}.ova`))
  const descriptor = join(parts, `${name}.ovf`)
  t.match(run('xmllint', ['--noout', '--nonet', descriptor]), { status: 0, stderr: '' })
  const text = readFileSync(descriptor, 'utf8')
  t.notMatch(text, /@[A-Z]+@/)
  t.match(text, '<Version>1.2.3</Version>')
  t.end()
})

t.test('computes CRC-32C as RFC 3720 B.4 has it', async (t) => {
  t.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  t.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
  t.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
})

type ExportOptions = Readonly<{
  options?: readonly string[]
  disk?: string
  env?: Readonly<Record<string, string>>
}>

function exported(to: string, { options = [], disk = raw, env = {} }: ExportOptions = {}): string {
  const out = join(folder, to)
  const fixed = { SOURCE_DATE_EPOCH: '1700000000', ...env }
  const { status, stderr } = exportImage([...options, disk, out, name], fixed)
  if (status !== 0) throw new Error(stderr)
  return out
}

function exportImage(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return run(join(import.meta.dirname, 'export-image.sh'), args, folder, env)
}

function run(command: string, args: readonly string[], cwd = folder, env = {}) {
  return spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } })
}

function unpacked(ova: string): string {
  const to = mkdtempSync(join(folder, 'parts-'))
  cpSync(ova, join(to, 'x.ova'))
  if (run('tar', ['xf', 'x.ova'], to).status !== 0) throw new Error('tar could not unpack the OVA')
  return to
}

/** 4 MiB with a MiB of noise between holes. */
function rawDisk(seed: string): Buffer {
  const disk = Buffer.alloc(4 * 2 ** 20)
  const noise = createHash('shake256', { outputLength: 2 ** 20 })
    .update(seed)
    .digest()
  noise.copy(disk, 2 ** 20)
  return disk
}

function otherDisk(): string {
  const path = join(folder, 'other.raw')
  writeFileSync(path, rawDisk('b'))
  return path
}
