import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { createBackup } from '../cli/backup.ts'
import { createRestore } from '../cli/restore.ts'
import { loadSecrets, readSecrets } from '../data-dir.ts'
import { callCommand } from './test/call-command.ts'
import { createFakeHost } from './test/fake-host.ts'

const skip = needs('age')

/** An appliance, a place for a key of `age-keygen`, and the commands of both. */
async function createAppliance(t: Test) {
  const { host, places, service, answers } = await createFakeHost(t)
  service.managed = false
  await mkdir(places.dataDir, { recursive: true })
  const { secrets } = await loadSecrets(places.dataDir)
  const folder = await mkdtemp(join(tmpdir(), 'callbox-age-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const identity = join(folder, 'key.txt')
  const env = { CALLBOX_CONFIG: places.config, CALLBOX_DATA_DIR: places.dataDir }
  return {
    folder,
    identity,
    answers,
    secrets,
    /** Makes a key pair; answers its public part. */
    makeKeys(): string {
      execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' })
      return execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim()
    },
    dataDir: places.dataDir,
    backUp: (...args: string[]) => callCommand(createBackup(host), args, env),
    restoreSilently: (file: string) =>
      callCommand(createRestore({ ...host, ask: undefined }), [file, '--yes'], env),
    restore: (...args: string[]) => callCommand(createRestore(host), [...args, '--yes'], env),
  }
}

t.test('age opens what callbox encrypts for a recipient', { skip }, async (t) => {
  const made = await createAppliance(t)
  const file = join(made.folder, 'b.tar.gz.age')
  const recipient = made.makeKeys()
  await made.backUp(file, '--recipient', recipient)
  const plain = execFileSync('age', ['--decrypt', '--identity', made.identity, file])
  const listed = execFileSync('tar', ['-tz'], { input: plain, encoding: 'utf8' })
  t.equal(listed, 'manifest.json\ndata/secrets.json\n')
})

t.test('callbox restores what age encrypts, in bytes and in armor', { skip }, async (t) => {
  const made = await createAppliance(t)
  const plain = join(made.folder, 'b.tar.gz')
  const recipient = made.makeKeys()
  await made.backUp(plain)
  for (const options of [[], ['--armor']]) {
    const file = join(made.folder, `b.age${options.length}`)
    execFileSync('age', [...options, '--recipient', recipient, '--output', file, plain])
    await rm(join(made.dataDir, 'secrets.json'))
    t.match(await made.restore(file, '--identity', made.identity), { code: 0 })
    t.same(await readSecrets(made.dataDir), made.secrets)
    const other = join(made.folder, `other${options.length}`)
    execFileSync('age-keygen', ['-o', other], { stdio: 'ignore' })
    await t.rejects(made.restore(file, '--identity', other), { code: 'BACKUP_KEY' })
  }
})

t.test('age opens with the passphrase that callbox was given', { skip }, async (t) => {
  const made = await createAppliance(t)
  const passphrase = join(made.folder, 'passphrase')
  await writeFile(passphrase, 'sieve anchor copper moon\n')
  const file = join(made.folder, 'b.age')
  await made.backUp(file, '--passphrase-file', passphrase)
  // age reads passphrases from a terminal only; script gives it one.
  const command = `age --decrypt --output ${made.folder}/plain ${file}`
  const { status } = spawnSync('script', ['-qec', command, '/dev/null'], {
    input: 'sieve anchor copper moon\n',
  })
  t.equal(status, 0)
  const listed = execFileSync('tar', ['-tzf', join(made.folder, 'plain')], { encoding: 'utf8' })
  t.equal(listed, 'manifest.json\ndata/secrets.json\n')
})

t.test('opens with the passphrase it was encrypted with, and no other one', async (t) => {
  const made = await createAppliance(t)
  const passphrase = join(made.folder, 'passphrase')
  const file = join(made.folder, 'b.age')
  await writeFile(passphrase, 'sieve anchor copper moon\n')
  const { out } = await made.backUp(file, '--passphrase-file', passphrase, '--json')
  t.match(JSON.parse(out), { file, encrypted: true })
  t.match(await readFile(file, 'latin1'), /^age-encryption.org\/v1\n/)
  await t.rejects(made.restoreSilently(file), { code: 'BACKUP_KEY', fix: /--passphrase-file/ })
  made.answers.push('another one', 'sieve anchor copper moon')
  await t.rejects(made.restore(file), { code: 'BACKUP_KEY' })
  t.match(await made.restore(file), { code: 0 })
  await writeFile(passphrase, 'short')
  await t.rejects(made.backUp(`${file}2`, '--passphrase-file', passphrase), { code: 'BACKUP_KEY' })
})
