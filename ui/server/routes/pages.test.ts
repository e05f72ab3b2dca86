import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { startHarness } from '../test/harness.ts'

const SCRIPT = 'export const answer = 42\n'.repeat(100)

function builtPages(t: Test): string {
  const root = t.testdir({
    'secret.js': 'outside of the pages',
    web: { 'call.html': '<title>call</title>', 'admin.html': '<title>admin</title>' },
  })
  const assets = join(root, 'web/assets')
  mkdirSync(assets)
  writeFileSync(join(assets, 'admin.js'), SCRIPT)
  writeFileSync(join(assets, 'chunk-ABC123.js'), SCRIPT)
  writeFileSync(join(assets, 'admin.css'), 'body{}')
  writeFileSync(join(assets, '.hidden.js'), 'hidden')
  writeFileSync(join(assets, 'notes.exe'), 'unknown type')
  return join(root, 'web')
}

t.test('serves the two pages under their addresses', async (t) => {
  const { send } = await startHarness(t, { webRoot: builtPages(t) })
  for (const path of ['/admin', '/admin/setup?code=abc']) {
    const page = await send('GET', path)
    t.equal(page.text, '<title>admin</title>')
    t.match(page.headers, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
    })
  }
  const call = await send('GET', '/call/some%20room%2Fwith%20slash?token=x')
  t.equal(call.text, '<title>call</title>')
})

t.test(
  'a file with its hash in the name is kept for good, others are asked for again',
  async (t) => {
    const { send } = await startHarness(t, { webRoot: builtPages(t) })
    const chunk = await send('GET', '/assets/chunk-ABC123.js')
    t.match(chunk.headers['cache-control'], /immutable/)
    const entry = await send('GET', '/assets/admin.js')
    t.equal(entry.headers['cache-control'], 'no-cache')
    t.equal(entry.headers['content-type'], 'text/javascript; charset=utf-8')
    t.equal(entry.text, SCRIPT)
    const again = await send('GET', '/assets/admin.js', {
      headers: { 'if-none-match': String(entry.headers.etag) },
    })
    t.equal(again.status, 304)
    t.equal(again.text, '')
    t.match((await send('GET', '/assets/admin.css')).headers['content-type'], /^text\/css/)
  },
)

t.test('sends compressed what the client can unpack', async (t) => {
  const { send } = await startHarness(t, { webRoot: builtPages(t) })
  const get = (encodings: string) =>
    send('GET', '/assets/admin.js', { headers: { 'accept-encoding': encodings } })
  const brotli = await get('gzip, deflate, br')
  t.equal(brotli.headers['content-encoding'], 'br')
  t.equal(brotliDecompressSync(brotli.bytes).toString(), SCRIPT)
  const gzipped = await get('gzip')
  t.equal(gunzipSync(gzipped.bytes).toString(), SCRIPT)
  t.equal((await get('identity')).text, SCRIPT)
  const head = await send('HEAD', '/assets/admin.js')
  t.equal(head.headers['content-length'], String(SCRIPT.length))
  t.equal(head.text, '')
})

t.test('serves a rebuilt file anew', async (t) => {
  const webRoot = builtPages(t)
  const { send } = await startHarness(t, { webRoot })
  await send('GET', '/admin')
  writeFileSync(join(webRoot, 'admin.html'), '<title>rebuilt</title>')
  t.equal((await send('GET', '/admin')).text, '<title>rebuilt</title>')
})

t.test('nothing outside of the folder is reached', async (t) => {
  const { send } = await startHarness(t, { webRoot: builtPages(t) })
  for (const path of [
    '/assets/../../secret.js',
    '/assets/..%2f..%2fsecret.js',
    '/assets/%2e%2e/%2e%2e/secret.js',
    '/assets/..%5c..%5csecret.js',
    '/assets//etc/passwd',
    '/assets/%2fetc%2fpasswd',
    '/assets/admin.js%00.txt',
    '/assets/.hidden.js',
    '/assets/notes.exe',
    '/assets/',
    '/assets/constructor',
    '/assets/missing.js',
    '/assets/%E0%A4%A.js',
  ]) {
    const answer = await send('GET', path)
    t.equal(answer.status, 404, path)
    t.notMatch(answer.text, /outside|root:|hidden|unknown type/)
  }
})

t.test('says so when the pages are not built', async (t) => {
  const { send } = await startHarness(t)
  const answer = await send('GET', '/admin')
  t.equal(answer.status, 503)
  t.match(answer.text, /npm run build:web/)
})
