import type { Router } from '@koa/router'
import type { UiState } from '../context.ts'

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Callbox</title>
<link rel="stylesheet" href="/assets/admin.css">
</head>
<body>
<main class="gate">
<div class="card gate-card">
<h1>Callbox is running</h1>
<p>This server carries voice calls and screen sharing for a chat server.</p>
<p>To join a call, open the join link you were given.</p>
<p><a class="button primary" href="/admin">Open the admin page</a></p>
</div>
</main>
</body>
</html>
`

/** `GET /`: what a visitor sees, and what LiveKit clients of any origin probe for. */
export function landingRoutes(router: Router<UiState>): void {
  router.get('/', (ctx) => {
    ctx.set('Access-Control-Allow-Origin', '*')
    ctx.set('Cross-Origin-Resource-Policy', 'cross-origin')
    ctx.set('Cache-Control', 'no-cache')
    ctx.type = 'text/html; charset=utf-8'
    ctx.body = PAGE
  })
  router.options('/', (ctx) => {
    ctx.set('Access-Control-Allow-Origin', '*')
    ctx.set('Access-Control-Allow-Methods', 'GET, HEAD')
    ctx.set('Access-Control-Allow-Headers', '*')
    ctx.status = 204
  })
}
