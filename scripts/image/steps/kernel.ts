import type { Test } from 'tap'
import type { Site } from '../site.ts'

const RMEM = 'net.core.rmem_max'

/** The whole machine's kernel, which no namespace lets a test change. */
export const tunes = (site: Site) => async (t: Test) => {
  const { shell } = site
  const tuned = await shell.run('callbox tune --check')
  t.equal(tuned.code, 0, tuned.out)
  const value = async (key: string) => (await shell.must(`sysctl -n ${key}`)).trim()
  for (const key of [RMEM, 'net.core.wmem_max', 'net.core.optmem_max']) {
    t.equal(await value(key), '16777216', key)
  }
  t.match(await value('net.ipv4.ip_local_reserved_ports'), /49152-65535/)
  await shell.must(`sysctl -w ${RMEM}=212992`)
  const drifted = await shell.run('callbox tune --check')
  t.equal(drifted.code, 1)
  t.match(drifted.out, `${RMEM}: the kernel has 212992, the file says 16777216`)
  await shell.must('callbox tune --apply')
  t.equal(await value(RMEM), '16777216', 'apply mends drift')
  await shell.must('callbox tune --revert')
  await shell.must(`sysctl -w ${RMEM}=212992 net.core.somaxconn=512`)
  const { settings } = JSON.parse(await shell.must('callbox tune --json'))
  const keys = settings.map(({ key }: { key: string }) => key).join(' ')
  const before = await shell.must(`sysctl ${keys}`)
  await shell.must('callbox tune --apply')
  t.not(await shell.must(`sysctl ${keys}`), before)
  await shell.must('callbox tune --revert')
  t.equal(await shell.must(`sysctl ${keys}`), before, 'revert restores exactly what was before')
  t.equal((await shell.run('test -e /etc/sysctl.d/90-callbox.conf')).code, 1)
  await shell.must('callbox tune --apply')
  t.equal((await shell.run('callbox tune --check')).code, 0)
  const buffers = await shell.must('journalctl -u callbox -b -o cat | grep -c askedBytes || true')
  t.equal(buffers.trim(), '0', 'media and TURN got the buffers that they asked for')
}
