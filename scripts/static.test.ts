import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'

t.setTimeout(120_000)

const root = join(import.meta.dirname, '..')
const installed = (name: string) => join(root, 'node_modules/.bin', name)
const configDocument = join(root, 'appliance/config/document.ts')

t.test('every file is formatted and keeps the lint rules', async (t) => {
  passes(t, installed('biome'), ['ci', '--colors=off', '--max-diagnostics=50', '.'])
})

t.test('the server, the scripts and their tests have sound types', async (t) => {
  passes(t, installed('tsc'), ['-p', '.'])
})

t.test('the browser pages have sound types', async (t) => {
  passes(t, installed('tsc'), ['-p', 'ui/web'])
})

t.test('docs/CONFIG.md is what the schema says', async (t) => {
  passes(t, process.execPath, [configDocument, '--check'])
})

function passes(t: Test, command: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  t.equal(status === 0 ? '' : `${stdout}${stderr}`, '', 'finds nothing')
}
