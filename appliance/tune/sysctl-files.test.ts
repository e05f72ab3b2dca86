import { chmod, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { comesAfterOurs, otherAssignments, parseAssignments, writeWhole } from './sysctl-files.ts'
import { createFakeMachine } from './test/fake-machine.ts'

t.test('reads the lines that systemd-sysctl reads (sysctl.d(5))', async (t) => {
  const text = '# a\n; b\n\nnet.core.a=1\n -net/core/b = 2 3 \nnot a line\nnet.core.a= 4\n'
  t.same(Object.fromEntries(parseAssignments(text)), { 'net.core.a': '4', 'net.core.b': '2 3' })
})

t.test('finds the file that has the last word', async (t) => {
  const { machine, write, link, remove } = await createFakeMachine()
  t.teardown(remove)
  await write('/usr/lib/sysctl.d/10-a.conf', 'k.one=1\nk.two=1\nk.masked=1')
  await write('/usr/lib/sysctl.d/20-b.conf', 'k.masked=2')
  await link('/dev/null', '/etc/sysctl.d/20-b.conf')
  await write('/run/sysctl.d/10-a.conf', 'k.one=2')
  await write('/etc/sysctl.d/99-z.conf', 'k.one=3')
  await write('/etc/sysctl.d/99-z.conf.bak', 'k.one=4')
  t.same(Object.fromEntries(await otherAssignments(machine)), {
    'k.one': { value: '3', file: '/etc/sysctl.d/99-z.conf' },
  })
  t.ok(comesAfterOurs('/etc/sysctl.d/99-z.conf'))
  t.notOk(comesAfterOurs('/etc/sysctl.d/60-z.conf'))
})

t.test('writes files that everybody can read, also in a guarded shell', async (t) => {
  const { machine, remove } = await createFakeMachine()
  t.teardown(remove)
  const umask = process.umask(0o077)
  await writeWhole(machine, '/etc/new/x.conf', 'x').finally(() => process.umask(umask))
  const modeOf = async (path: string) => (await stat(join(machine.root, path))).mode & 0o777
  t.equal(await modeOf('/etc/new/x.conf'), 0o644)
  t.equal(await modeOf('/etc/new'), 0o755)
  await chmod(join(machine.root, 'etc/new'), 0o700)
  await writeWhole(machine, '/etc/new/y.conf', 'y')
  t.equal(await modeOf('/etc/new'), 0o700, 'a directory that was there stays as it was')
})
