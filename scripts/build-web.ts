import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/**
 * Bundles the browser pages into `dist/web`; nothing in them is loaded from elsewhere. The folder
 * that is there is replaced only by a whole new one, so that an appliance may go on serving it.
 */
async function buildWeb(root: string): Promise<void> {
  const dist = join(root, 'dist')
  await mkdir(dist, { recursive: true })
  const draft = await mkdtemp(join(dist, 'web-'))
  try {
    await bundle(join(root, 'ui/web'), draft)
    const old = `${draft}.old`
    await rename(join(dist, 'web'), old).catch(ignoreMissing)
    await rename(draft, join(dist, 'web'))
    await rm(old, { recursive: true, force: true })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

async function bundle(source: string, target: string): Promise<void> {
  await build({
    entryPoints: {
      call: join(source, 'call/main.tsx'),
      admin: join(source, 'admin/main.tsx'),
    },
    outdir: join(target, 'assets'),
    bundle: true,
    format: 'esm',
    splitting: true,
    minify: true,
    sourcemap: true,
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    loader: { '.svg': 'text' },
    legalComments: 'linked',
    logLevel: 'warning',
  })
  for (const page of ['call', 'admin']) {
    await cp(join(source, page, 'index.html'), join(target, `${page}.html`))
  }
}

if (import.meta.main) await buildWeb(join(import.meta.dirname, '..'))
