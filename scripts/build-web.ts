import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Bundles the browser pages into `dist/web`: one folder a page, nothing loaded from elsewhere. */
export async function buildWeb(root: string): Promise<void> {
  const source = join(root, 'ui/web')
  const target = join(root, 'dist/web')
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
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
