import type { Router } from '@koa/router'
import type { UiState } from '../context.ts'

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
<path d="M6 3h12a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z" fill="#1d57b5"/>
<path d="M8.500 13.500v-3M12 15.500v-7M15.500 13.500v-3" stroke="#fff" stroke-width="2" stroke-linecap="round"/>
</svg>
`

/** `GET /favicon.ico`: the product's mark; every browser that can make calls draws SVG. */
export function faviconRoutes(router: Router<UiState>): void {
  router.get('/favicon.ico', (ctx) => {
    ctx.set('Cache-Control', 'public, max-age=86400')
    ctx.type = 'image/svg+xml'
    ctx.body = ICON
  })
}
