import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createFileAdminStore } from './admin-store.ts'

t.test('keeps the record for its owner only, in one piece', async (t) => {
  const directory = join(t.testdir(), 'data')
  const store = createFileAdminStore(directory)
  t.equal(store.load(), undefined)
  store.save({ passwordHash: 'first' })
  store.save({ passwordHash: 'second' })
  t.same(createFileAdminStore(directory).load(), { passwordHash: 'second' })
  t.same(readdirSync(directory), ['admin.json'], 'no draft is left')
  t.equal(statSync(join(directory, 'admin.json')).mode & 0o777, 0o600)
  t.equal(statSync(directory).mode & 0o777, 0o700)
})

t.test('a draft that a crash left does not stand in the way', async (t) => {
  const directory = t.testdir({ 'admin.json.new': 'half a rec' })
  const store = createFileAdminStore(directory)
  t.equal(store.load(), undefined)
  store.save({ passwordHash: 'whole' })
  t.same(store.load(), { passwordHash: 'whole' })
})

t.test(
  'a damaged record is refused with the file and what to do, never taken for none',
  async (t) => {
    const directory = t.testdir()
    const file = join(directory, 'admin.json')
    for (const text of ['', '{', '{}', '{"passwordHash":""}', '{"passwordHash":"x","more":1}']) {
      writeFileSync(file, text)
      t.throws(() => createFileAdminStore(directory).load(), {
        code: 'ADMIN_STORE_UNREADABLE',
        message: /admin\.json.*remove it/,
      })
    }
  },
)
