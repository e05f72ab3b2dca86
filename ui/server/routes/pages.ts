import { join } from 'node:path'
import type { Router } from '@koa/router'
import { refuse, type UiContext, type UiState } from '../context.ts'
import { type PageFile, PageFiles } from '../page-files.ts'

const FOREVER = 'public, max-age=31536000, immutable'
const ASK_FIRST = 'no-cache'

/** The two pages and their built files; a file that carries its hash in its name never changes. */
export function pageRoutes(router: Router<UiState>, webRoot: string): void {
  const pages = new PageFiles(webRoot)
  const assets = new PageFiles(join(webRoot, 'assets'))

  const servePage = (name: string) => async (ctx: UiContext) => {
    const page = await pages.find(name)
    if (page) return send(ctx, page, ASK_FIRST)
    ctx.status = 503
    ctx.body = 'The web pages are not built. Run "npm run build:web" and reload.\n'
  }
  router.get('/call/:room', servePage('call.html'))
  router.get('/admin', servePage('admin.html'))
  router.get('/admin/:section', servePage('admin.html'))
  router.get('/admin/:section/:detail', servePage('admin.html'))
  router.get('/assets/:name', async (ctx) => {
    const { name = '' } = ctx.params
    const file = await assets.find(name)
    if (!file) return refuse(ctx, 'NOT_FOUND')
    send(ctx, file, name.startsWith('chunk-') ? FOREVER : ASK_FIRST)
  })
}

function send(ctx: UiContext, file: PageFile, cacheControl: string): void {
  ctx.set({ 'Cache-Control': cacheControl, ETag: file.etag, Vary: 'Accept-Encoding' })
  ctx.status = 200
  if (ctx.fresh) {
    ctx.status = 304
    return
  }
  ctx.type = file.type
  const [encoding, packed] = packedFor(ctx, file)
  if (encoding) ctx.set('Content-Encoding', encoding)
  ctx.body = packed
}

function packedFor(ctx: UiContext, file: PageFile): [string | undefined, Buffer] {
  if (file.brotli && ctx.acceptsEncodings('br') === 'br') return ['br', file.brotli]
  if (file.gzipped && ctx.acceptsEncodings('gzip') === 'gzip') return ['gzip', file.gzipped]
  return [undefined, file.bytes]
}
