import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { RawEntry } from './test/archives.ts'
import { NEW, packRelease, releaseFiles } from './test/releases.ts'
import { unpackRelease } from './unpack-release.ts'

const inside = (path: string) => `callbox-${NEW}/${path}`

/** Unpacks a bundle to a folder of releases that is empty. */
async function unpack(t: Test, bundle: Buffer) {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-release-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = join(folder, 'bundle.tar.zst')
  await writeFile(file, bundle)
  const sha256 = createHash('sha256').update(bundle).digest('hex')
  const releases = join(folder, 'releases')
  const trusted = { sha256, bytes: bundle.length, by: 'a test' }
  return { releases, trusted, file, unpack: () => unpackRelease(file, trusted, releases) }
}

t.test('unpacks files, their rights to be run, and links inside', async (t) => {
  const link: RawEntry = { path: inside('node_modules/.bin/x'), type: '2', linkpath: '../x/x.js' }
  const made = await unpack(t, packRelease(NEW, releaseFiles(NEW), [link]))
  const { folder, release } = await made.unpack()
  t.equal(release.id, NEW)
  t.equal(folder, join(made.releases, `${NEW}.new`))
  t.equal(await readlink(join(folder, 'node_modules/.bin/x')), '../x/x.js')
  t.equal((await stat(join(folder, 'mediasoup-worker'))).mode & 0o777, 0o755)
  t.equal((await stat(join(folder, 'release.json'))).mode & 0o777, 0o644)
  t.equal(await readFile(join(folder, 'appliance/main.ts'), 'utf8'), '')
})

const hostile: Readonly<Record<string, readonly RawEntry[]>> = {
  'a way out of the folder': [{ path: inside('../../x'), text: 'x' }],
  'an absolute path': [{ path: '/etc/cron.d/x', text: 'x' }],
  'another folder': [{ path: 'callbox-9.9.9-00000000/x', text: 'x' }],
  'a link out of the folder': [{ path: inside('l'), type: '2', linkpath: '../../../etc' }],
  'an absolute link': [{ path: inside('l'), type: '2', linkpath: '/etc/passwd' }],
  'a file through a link': [
    { path: inside('l'), type: '2', linkpath: 'appliance' },
    { path: inside('l/x'), text: 'x' },
  ],
  'a hard link': [{ path: inside('l'), type: '1', linkpath: '/etc/shadow' }],
  'a device': [{ path: inside('d'), type: '3' }],
  'a file twice': [{ path: inside('release.json'), text: '{}' }],
}

for (const [what, further] of Object.entries(hostile)) {
  t.test(`refuses a bundle with ${what}`, async (t) => {
    const made = await unpack(t, packRelease(NEW, releaseFiles(NEW), further))
    await t.rejects(made.unpack(), { code: 'UPDATE_BUNDLE_BAD' })
    t.same(await readdir(made.releases), [], 'leaves nothing')
  })
}

const damaged: Readonly<Record<string, (whole: Buffer) => Buffer>> = {
  'that is cut short': (whole) => whole.subarray(0, whole.length - 20),
  'that is no archive': () => Buffer.from('hello'),
  'that is empty': () => Buffer.alloc(0),
  'of another release than its folder says': () => packRelease(NEW, releaseFiles('1.1.0-0000000d')),
  'without a word on what it is': () => packRelease(NEW, { 'appliance/main.ts': '' }),
}

for (const [what, change] of Object.entries(damaged)) {
  t.test(`refuses a bundle ${what}`, async (t) => {
    const made = await unpack(t, change(packRelease(NEW)))
    await t.rejects(made.unpack(), { code: 'UPDATE_BUNDLE_BAD' })
    t.same(await readdir(made.releases), [], 'leaves nothing')
  })
}

t.test('refuses a bundle that changed after it was trusted', async (t) => {
  const made = await unpack(t, packRelease(NEW))
  await writeFile(made.file, packRelease(NEW, releaseFiles(NEW, { evil: 'x' })))
  await t.rejects(made.unpack(), { code: 'UPDATE_BUNDLE_BAD', message: /changed while/ })
  t.same(await readdir(made.releases), [])
})

t.test('refuses what there is no room for', async (t) => {
  const made = await unpack(t, packRelease(NEW))
  const trusted = { ...made.trusted, bytes: 2 ** 50 }
  await t.rejects(unpackRelease(made.file, trusted, made.releases), { code: 'UPDATE_NO_SPACE' })
})
