import process from 'node:process'
import t from 'tap'
import { runCommand, wordsOf } from './run-command.ts'

const node = (script: string, timeoutMs?: number) =>
  runCommand(process.execPath, ['-e', script], timeoutMs === undefined ? {} : { timeoutMs })

t.test('tells how a program ended', async (t) => {
  t.match(await node('console.log("said")'), { status: 0, out: 'said\n' })
  t.match(await node('console.error("why"); process.exit(3)'), { status: 3, err: 'why\n' })
  t.match(await runCommand('no-such-program', []), { status: 127, err: /no program no-such-prog/ })
  t.match(await node('setInterval(() => {}, 1000)', 300), { status: -1, err: /took too long/ })
  const killed = await node('process.kill(process.pid, "SIGKILL")')
  t.equal(killed.status, -1)
  t.notMatch(wordsOf(killed), 'took too long')
})

t.test('takes a whole log, and says when it is more than that', async (t) => {
  const long = await node('process.stdout.write("x".repeat(15e6))')
  t.equal(long.out.length, 15e6)
  const tooLong = await node('process.stdout.write("x".repeat(20e6))')
  t.match(tooLong, { status: -1, err: /maxBuffer/ })
})
