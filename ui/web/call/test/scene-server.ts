// biome-ignore-all lint/style/noRestrictedImports: runs in Node, for the tests
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'

/** The scenes served on loopback under the page's own content security policy. */
export type SceneServer = Readonly<{ url: string; close: () => void }>

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"

/** Bundles the scenes and serves them on a free port. */
export async function openSceneServer(): Promise<SceneServer> {
  const { outputFiles } = await build({
    entryPoints: { scenes: join(import.meta.dirname, 'scenes.tsx') },
    outdir: 'out',
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
  })
  const files = new Map(outputFiles.map((file) => [file.path.split('/').at(-1), file.contents]))
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? ''
    const contents = files.get(name)
    const type = name.endsWith('.js') ? 'text/javascript' : 'text/css'
    response.setHeader('content-security-policy', POLICY)
    response.setHeader('content-type', contents ? type : 'text/html; charset=utf-8')
    response.end(contents ?? PAGE)
  })
  await listen(server)
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() }
}

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Scenes</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/scenes.css"><script type="module" src="/scenes.js"></script></head>
<body><div id="app"></div></body></html>`

async function listen(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
}
