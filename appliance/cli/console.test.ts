import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runCli } from './run.ts'

/** Runs the command on a start's facts, as far as there are any. */
async function call(t: Test, options: readonly string[], start?: object, config = '') {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-console-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'config.yaml'), config)
  await mkdir(join(folder, 'run'))
  if (start !== undefined) {
    await writeFile(join(folder, 'run/start.json'), JSON.stringify(start))
  }
  let out = ''
  let err = ''
  const places = ['--run-dir', join(folder, 'run'), '--config', join(folder, 'config.yaml')]
  const result = await runCli(['console', ...options, ...places], {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    env: {},
    colour: false,
    now: Date.now,
  })
  return { result, out, err }
}

/** An HTTP port that answers as the appliance does when it is asked whether it is ready. */
async function serve(t: Test, body: object): Promise<string> {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/readyz' ? 503 : 404
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

const CONFIG = 'web: { tls: { mode: off } }\n'
const start = { version: '1.2.3', publicOrigin: 'https://192.0.2.1', warnings: [] }

t.test('prints once how everything is, with the services that are not well', async (t) => {
  const services = [
    { name: 'web', ok: true, detail: '' },
    { name: 'turn', ok: false, detail: 'no packet came back' },
  ]
  const localOrigin = await serve(t, { ready: false, services })
  const setupLink = 'https://192.0.2.1/admin/setup?code=abc'
  const { result, out } = await call(t, ['--once'], { ...start, localOrigin, setupLink }, CONFIG)
  t.equal(result, 0)
  t.match(out, /Callbox +turn: no packet came back/)
  t.match(out, 'https://192.0.2.1/admin/setup?code=abc')
  t.match(out, '▀')
  const json = await call(t, ['--once', '--json'], { ...start, localOrigin }, CONFIG)
  t.match(JSON.parse(json.out), {
    version: '1.2.3',
    adminUrl: 'https://192.0.2.1/admin',
    services: { state: 'notReady', problems: ['turn: no packet came back'] },
  })
})

t.test('says what is wrong where nothing runs', async (t) => {
  const { out } = await call(t, ['--once'], undefined, 'web: { http_port: 0 }\n')
  t.match(out, 'Callbox is not running. Its log')
  t.match(out, /Callbox +not running/)
  t.match(out, 'web.http_port = 0')
})

t.test('takes facts of another version for none', async (t) => {
  const { result, out } = await call(t, ['--once'], { version: 2 }, CONFIG)
  t.equal(result, 0)
  t.match(out, 'Callbox is not running. Its log')
})

t.test('wants a terminal for more', async (t) => {
  t.match(await call(t, []), { result: 1, err: /needs a terminal.*\n.*--once/ })
})
