import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'

const ASSETS = join(import.meta.dirname, '../../../dist/web/assets')
const MOST_BYTES = 150_000

const skip = !existsSync(join(ASSETS, 'admin.js')) && 'needs the built pages (npm run build:web)'

t.test('the scripts of the admin page stay below 150 kB compressed', { skip }, async (t) => {
  const scripts = withImports('admin.js', new Set())
  const bytes = [...scripts].reduce((sum, name) => {
    return sum + gzipSync(readFileSync(join(ASSETS, name)), { level: 9 }).length
  }, 0)
  t.comment(`${scripts.size} scripts, ${bytes} bytes compressed`)
  t.ok(bytes > 10_000, 'there is something to measure')
  t.ok(bytes < MOST_BYTES, `${bytes} bytes`)
})

/** A script and all that comes with it; what it imports on demand, such as a test call's library, does not. */
function withImports(name: string, found: Set<string>): Set<string> {
  if (found.has(name)) return found
  found.add(name)
  const source = readFileSync(join(ASSETS, name), 'utf8')
  for (const [, imported = ''] of source.matchAll(/(?:from|import)\s*"\.\/([\w-]+\.js)"/g))
    withImports(imported, found)
  return found
}
