import { join } from 'node:path'
import t from 'tap'
import { type FileRun, runFile } from './run-file.ts'

const root = join(import.meta.dirname, '../..')
const head = "import t from 'tap'\n"

/** Each case is a test file's text and what must be counted: passed, failed, skipped. */
const cases: readonly (readonly [string, string, readonly [number, number, number]])[] = [
  [
    'counts assertions, not files or groups',
    `${head}t.test('group', async (t) => { t.ok(true); t.test('inner', async (t) => { t.ok(true) }) })`,
    [2, 0, 0],
  ],
  [
    'counts what was skipped or is to do as skipped',
    `${head}t.ok(true); t.test('no', { skip: 'why' }, () => {}); t.todo('later')`,
    [1, 0, 2],
  ],
  [
    'counts a failed assertion once',
    `${head}t.test('group', async (t) => { t.ok(false) })`,
    [0, 1, 0],
  ],
  ['fails a file that throws as it loads', `throw new Error('at load')`, [0, 1, 0]],
  ['fails an empty file', '', [0, 1, 0]],
  ['fails a file without one assertion', `${head}t.test('empty', async () => {})`, [0, 1, 0]],
  [
    'fails a file that is killed half way',
    `${head}t.ok(true); process.kill(process.pid, 9)`,
    [1, 1, 0],
  ],
  ['fails a file that leaves with a code', `${head}t.ok(true); process.exit(3)`, [1, 1, 0]],
  ['fails a broken plan', `${head}t.plan(2); t.ok(true)`, [1, 1, 0]],
  [
    'fails an error thrown behind the test',
    `${head}t.ok(true); t.end(); queueMicrotask(() => { throw new Error('late') })`,
    [1, 1, 0],
  ],
  [
    'fails a test that passes its own time limit',
    `${head}t.test('hangs', { timeout: 50 }, () => new Promise(() => {}))`,
    [0, 1, 0],
  ],
]

for (const [rule, source, expected] of cases) {
  t.test(rule, async (t) => {
    const { tally } = await runSource(t.testdir({ 'case.test.ts': source }))
    t.same([tally.passed, tally.failed, tally.skipped], expected)
    t.equal(tally.failures.length, tally.failed, 'every failure has a name')
  })
}

t.test('ends a file that hangs, with the processes that it started', async (t) => {
  // The run ends when nobody holds its output any more: the started process inherits it.
  const source = `${head}
    import { spawn } from 'node:child_process'
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
    child.once('spawn', () => { while (true) {} })`
  const run = await runSource(t.testdir({ 'case.test.ts': source }), 2)
  t.same(run.tally.failures, [
    { name: 'the file was still running after 2 s', diagnostic: undefined },
  ])
})

function runSource(folder: string, limitSeconds = 20): Promise<FileRun> {
  return runFile(root, join(folder, 'case.test.ts'), { timeoutSeconds: 10, limitSeconds })
}
