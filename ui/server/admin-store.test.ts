import { chownSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Role } from '#api'
import { createFileAdminStore, forgetAdmins } from './admin-store.ts'
import { createFileAuditStore } from './audit-store.ts'
import type { AccountRecord, AdminRecord, TokenRecord } from './deps.ts'

const account = (name: string, role: Role): AccountRecord => ({
  id: `id-of-${name}`,
  name,
  role,
  passwordHash: `hash of ${name}`,
  createdAtMs: 5,
  totp: { secret: 'ABC', usedStep: 7, recovery: ['x'] },
})
const token = (name: string, role: Role): TokenRecord => ({
  id: name,
  name,
  role,
  fingerprint: 'f',
  createdAtMs: 5,
  createdBy: 'ada',
  expiresAtMs: 9,
})
const FIRST: AdminRecord = { accounts: [account('ada', 'admin')], tokens: [] }
const SECOND: AdminRecord = {
  accounts: [account('ada', 'admin'), account('bob', 'viewer')],
  tokens: [token('deploy', 'admin'), token('watch', 'viewer')],
}

t.test('keeps the record for its owner only, in one piece', async (t) => {
  const directory = join(t.testdir(), 'data')
  const store = createFileAdminStore(directory)
  t.equal(store.load(), undefined)
  store.save(FIRST)
  store.save(SECOND)
  t.same(createFileAdminStore(directory).load(), SECOND)
  t.same(readdirSync(directory), ['admin.json'], 'no draft is left')
  t.equal(statSync(join(directory, 'admin.json')).mode & 0o777, 0o600)
  t.equal(statSync(directory).mode & 0o777, 0o700)
})

t.test('a draft that a crash left does not stand in the way', async (t) => {
  const directory = t.testdir({ 'admin.json.new': 'half a rec' })
  const store = createFileAdminStore(directory)
  t.equal(store.load(), undefined)
  store.save(FIRST)
  t.same(store.load(), FIRST)
})

t.test('the record of a single admin becomes an account, the same at each start', async (t) => {
  const directory = t.testdir({ 'admin.json': '{"passwordHash":"scrypt$1"}' })
  const store = createFileAdminStore(directory)
  const record = store.load()
  t.match(record, {
    accounts: [{ name: 'admin', role: 'admin', passwordHash: 'scrypt$1', createdAtMs: Number }],
    tokens: [],
  })
  t.same(createFileAdminStore(directory).load(), record, 'log-ins still find their account')
  store.save(SECOND)
  t.same(createFileAdminStore(directory).load(), SECOND)
})

t.test(
  'a damaged record is refused with the file and what to do, never taken for none',
  async (t) => {
    const directory = t.testdir()
    const file = join(directory, 'admin.json')
    const damaged = [
      '',
      '{',
      '{}',
      '{"passwordHash":""}',
      '{"passwordHash":"x","more":1}',
      '{"accounts":[{"name":"ada"}],"tokens":[]}',
      JSON.stringify({ accounts: [account('ada', 'owner' as Role)], tokens: [] }),
    ]
    for (const text of damaged) {
      writeFileSync(file, text)
      t.throws(() => createFileAdminStore(directory).load(), {
        code: 'ADMIN_STORE_UNREADABLE',
        message: /admin\.json.*remove it/,
      })
    }
  },
)

t.test('a reset takes out admins and their tokens, and leaves viewers', async (t) => {
  const directory = t.testdir()
  t.equal(forgetAdmins(directory), 'nothing')
  const running = createFileAdminStore(directory)
  running.load()
  running.save(SECOND)
  t.equal(forgetAdmins(directory), 'admins')
  const left = { accounts: [account('bob', 'viewer')], tokens: [token('watch', 'viewer')] }
  t.same(createFileAdminStore(directory).load(), left)
  t.equal(statSync(join(directory, 'admin.json')).mode & 0o777, 0o600)
  t.throws(() => running.save(SECOND), { code: 'ADMIN_STORE_CHANGED' }, 'and nobody undoes it')
  t.same(createFileAdminStore(directory).load(), left)
})

t.test('a reset without viewers, or of a damaged record, leaves nothing', async (t) => {
  const directory = t.testdir({ 'admin.json': JSON.stringify(FIRST) })
  t.equal(forgetAdmins(directory), 'admins')
  t.same(readdirSync(directory), [])
  writeFileSync(join(directory, 'admin.json'), '{')
  t.equal(forgetAdmins(directory), 'everybody')
  t.same(readdirSync(directory), [])
})

const skip = process.getuid?.() === 0 ? false : 'needs root'

t.test('what root changes still belongs to the appliance', { skip }, async (t) => {
  const directory = t.testdir({ 'admin.json': JSON.stringify(SECOND) })
  chownSync(directory, 1234, 1234)
  t.equal(forgetAdmins(directory), 'admins')
  createFileAuditStore(directory).append({ atMs: 1, by: '', address: '', action: '', text: '' })
  for (const name of ['admin.json', 'audit.jsonl']) {
    t.match(statSync(join(directory, name)), { uid: 1234, gid: 1234 }, name)
  }
})
