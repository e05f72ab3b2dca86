import { spawnSync } from 'node:child_process'
import t from 'tap'
import { loadFfi } from './load-ffi.ts'

const skip = loadFfi() ? false : 'this Node has no node:ffi'
const file = new URL('./load-ffi.ts', import.meta.url).href

t.test('hides the warning of node:ffi and no other', { skip }, (t) => {
  const script = `
    const { loadFfi } = await import(${JSON.stringify(file)})
    if (!loadFfi()?.dlopen) throw new Error('no ffi')
    process.emitWarning('others are told', 'ExperimentalWarning')`
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: {},
  })
  t.equal(run.status, 0)
  t.notMatch(run.stderr, /FFI/)
  t.match(run.stderr, /ExperimentalWarning: others are told/)
  t.end()
})
