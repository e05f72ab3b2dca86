import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { manifestFor, type RawEntry, rawBackup } from './test/archives.ts'
import { unpackBackup } from './unpack-backup.ts'

const files = { 'config/config.yaml': '', 'data/secrets.json': '{}' }
const good: readonly RawEntry[] = [
  manifestFor(files),
  ...Object.entries(files).map(([path, text]) => ({ path, text })),
]
const noKey = async () => t.fail('asks for a key') as never

async function unpack(t: Test, backup: Readable) {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-unpack-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return { folder, manifest: await unpackBackup(backup, folder, noKey) }
}

t.test('reads a backup whose every file is what its manifest says', async (t) => {
  const { folder, manifest } = await unpack(t, rawBackup(good))
  t.equal(manifest.hostName, 'calls-1')
  t.equal(await readFile(join(folder, 'data/secrets.json'), 'utf8'), '{}')
})

const hostile: Readonly<Record<string, readonly RawEntry[]>> = {
  'an absolute path in the manifest': [manifestFor({ ...files, '/data/x': '' })],
  'a way out of the folder in the manifest': [manifestFor({ ...files, 'data/../../x': '' })],
  'a place that is not known in the manifest': [manifestFor({ ...files, 'bin/x': '' })],
  'a key that updates would be trusted by': [
    manifestFor({ ...files, 'config/update-keys/x.pub': '' }),
    ...good.slice(1),
    { path: 'config/update-keys/x.pub', text: '' },
  ],
  'options of the firewall': [
    manifestFor({ ...files, 'config/firewall.env': '' }),
    ...good.slice(1),
    { path: 'config/firewall.env', text: '' },
  ],
  'a size beyond all reason': [
    manifestFor(files, {
      files: [{ path: 'data/x', size: 2 ** 50, mode: 384, sha256: '0'.repeat(64) }],
    }),
  ],
  'more files than a backup has': [
    manifestFor(files, {
      files: Array.from({ length: 20_001 }, (_, index) => ({
        path: `data/${index}`,
        size: 0,
        mode: 384,
        sha256: '0'.repeat(64),
      })),
    }),
  ],
  'a set-uid file': [
    manifestFor(files, {
      files: [{ path: 'data/secrets.json', size: 2, mode: 0o4755, sha256: '0'.repeat(64) }],
    }),
  ],
  'an absolute path': [...good, { path: '/etc/passwd', text: 'x' }],
  'a way out of the folder': [...good, { path: 'data/../../x', text: 'x' }],
  'a file that the manifest does not name': [...good, { path: 'data/authorized_keys', text: 'x' }],
  'a file twice': [...good, { path: 'data/secrets.json', text: '{}' }],
  'a link': [...good, { path: 'data/link', type: '2', linkpath: '/etc' }],
  'a hard link': [...good, { path: 'data/link', type: '1', linkpath: '/etc/shadow' }],
  'a device': [...good, { path: 'data/device', type: '3' }],
  'a pipe': [...good, { path: 'data/pipe', type: '6' }],
  'a folder': [...good, { path: 'data/folder', type: '5' }],
  'a file with another content': [...good.slice(0, 2), { path: 'data/secrets.json', text: '[]' }],
  'a file with another size': [...good.slice(0, 2), { path: 'data/secrets.json', text: '{} ' }],
  'a file less than the manifest names': good.slice(0, 2),
  'no manifest at the beginning': good.slice(1),
  'no entry': [],
  'neither secrets nor configuration': [manifestFor({ 'data/x': '' }), { path: 'data/x' }],
}

for (const [what, entries] of Object.entries(hostile)) {
  t.test(`refuses a backup with ${what}`, async (t) => {
    await t.rejects(unpack(t, rawBackup(entries)), { code: 'BACKUP_BAD' })
  })
}

t.test('writes nothing outside of its folder, whatever is in the archive', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-unpack-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const entries of Object.values(hostile)) {
    await unpackBackup(rawBackup(entries), await mkdtemp(join(folder, 'in-')), noKey).catch(
      () => {},
    )
  }
  t.match(
    await readdir(folder),
    Object.keys(hostile).map(() => /^in-/),
  )
})

t.test('says of a format of the future that Callbox is to be updated', async (t) => {
  const future = rawBackup([manifestFor(files, { format: 2, another: 'thing' })])
  await t.rejects(unpack(t, future), { code: 'BACKUP_TOO_NEW', fix: /Update Callbox/ })
})

t.test('refuses what is damaged, cut short or no backup at all', async (t) => {
  const whole = await buffer(rawBackup(good))
  const damaged = Buffer.from(whole)
  damaged.fill(0xff, 30, 60)
  for (const bytes of [whole.subarray(0, 80), damaged, Buffer.from('hello'), Buffer.alloc(0)]) {
    await t.rejects(unpack(t, Readable.from([bytes], { objectMode: false })), {
      code: 'BACKUP_BAD',
    })
  }
})
