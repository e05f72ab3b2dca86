import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { StartFacts } from '../start-output.ts'
import { startFilePath, writeStartFile } from './start-file.ts'

const facts: StartFacts = {
  version: '1.2.3',
  readyAfterMs: 10,
  publicOrigin: 'https://calls.example.org',
  localOrigin: 'http://localhost:8080',
  setupLink: 'https://calls.example.org/admin/setup?code=abc',
  demoLink: 'http://localhost:8080/call/demo?token=secret-token',
  ice: { host: 'calls.example.org', port: 3478, tlsPorts: [] } as unknown as StartFacts['ice'],
  turnSecret: 'the-turn-secret',
  livekit: { url: 'wss://calls.example.org', key: 'APIkey', secret: 'the-livekit-secret' },
  selfTest: [],
  warnings: [{ message: 'a', fix: 'b' }],
}

t.test('lies in the first directory that the service manager made', async (t) => {
  t.equal(
    startFilePath({ RUNTIME_DIRECTORY: '/run/callbox:/run/other' }),
    '/run/callbox/start.json',
  )
  t.equal(startFilePath({ RUNTIME_DIRECTORY: '' }), undefined)
  t.equal(startFilePath({}), undefined)
})

t.test('holds no secret but the set-up link, and that only while it works', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-start-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = join(folder, 'start.json')
  const { version, publicOrigin, localOrigin, setupLink, warnings } = facts
  await writeStartFile(file, facts)
  t.equal((await stat(file)).mode & 0o777, 0o600)
  const shown = { version, publicOrigin, localOrigin, warnings }
  t.strictSame(JSON.parse(await readFile(file, 'utf8')), { ...shown, setupLink })
  await writeStartFile(file, { ...facts, setupLink: undefined })
  t.strictSame(JSON.parse(await readFile(file, 'utf8')), shown)
})
