import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { trustBundle } from './trust.ts'

const skip = needs('minisign')

/** A bundle, and a folder of keys with one that minisign made; `sign` signs by it. */
async function createBundle(t: Test) {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-minisign-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const keyFolder = join(folder, 'update-keys')
  await mkdir(keyFolder)
  const secret = join(folder, 'publisher.key')
  const bundle = join(folder, 'callbox.tar.zst')
  await writeFile(bundle, 'a bundle')
  const minisign = (...args: string[]) => execFileSync('minisign', args, { stdio: 'ignore' })
  minisign('-G', '-W', '-p', join(keyFolder, 'publisher.pub'), '-s', secret)
  return {
    folder,
    keyFolder,
    bundle,
    minisign,
    signature: `${bundle}.minisig`,
    sign: (...args: string[]) =>
      minisign('-S', '-s', secret, '-m', bundle, '-t', 'callbox 1.1.0', ...args),
    trust: () => trustBundle(bundle, { sha256: undefined, keyFolder }),
  }
}

t.test('believes signatures of minisign, with and without hashing', { skip }, async (t) => {
  const made = await createBundle(t)
  for (const options of [[], ['-l']]) {
    made.sign(...options)
    t.match(await made.trust(), { by: 'publisher.pub (callbox 1.1.0)', bytes: 8 })
    await writeFile(made.bundle, 'a bumble')
    await t.rejects(made.trust(), { code: 'UPDATE_UNTRUSTED', message: /was changed/ })
    await writeFile(made.bundle, 'a bundle')
  }
})

t.test('believes no changed trusted comment', { skip }, async (t) => {
  const made = await createBundle(t)
  made.sign()
  const text = await readFile(made.signature, 'utf8')
  await writeFile(made.signature, text.replace('callbox 1.1.0', 'callbox 1.1.1'))
  await t.rejects(made.trust(), { code: 'UPDATE_UNTRUSTED', message: /was changed/ })
  await writeFile(
    made.signature,
    text.replace(/^untrusted comment: .*/, 'untrusted comment: other'),
  )
  t.match(await made.trust(), { by: /publisher/ }, 'the first line is signed by nobody')
})

t.test('believes the keys of the folder only, and each of them', { skip }, async (t) => {
  const made = await createBundle(t)
  const other = join(made.folder, 'other')
  made.minisign('-G', '-W', '-p', `${other}.pub`, '-s', `${other}.key`)
  made.minisign('-S', '-s', `${other}.key`, '-m', made.bundle)
  await t.rejects(made.trust(), { message: /does not know/, fix: /publisher\.pub/ })
  await writeFile(join(made.keyFolder, 'other.pub'), await readFile(`${other}.pub`))
  t.match(await made.trust(), { by: /^other\.pub/ })
  made.sign()
  t.match(await made.trust(), { by: /^publisher\.pub/ })
})

t.test('believes nothing without a signature, or with half of one', { skip }, async (t) => {
  const made = await createBundle(t)
  await t.rejects(made.trust(), { code: 'UPDATE_UNTRUSTED', message: /no signature/ })
  made.sign()
  const lines = (await readFile(made.signature, 'utf8')).split('\n')
  for (const count of [0, 1, 2, 3]) {
    await writeFile(made.signature, lines.slice(0, count).join('\n'))
    await t.rejects(made.trust(), { code: 'UPDATE_UNTRUSTED', message: /no signature of minisign/ })
  }
  await writeFile(made.signature, lines.join('\r\n'))
  t.match(await made.trust(), { by: /publisher/ }, 'lines may end as elsewhere')
  await appendFile(join(made.keyFolder, 'broken.pub'), 'no key')
  t.match(await made.trust(), { by: /publisher/ }, 'what is no key does not disturb')
})
