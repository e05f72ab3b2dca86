import 'uplot/dist/uPlot.min.css'
import '../shared/theme.css'
import './admin.css'
import { render } from 'preact'
import { createAdminClient } from './state/admin-client.ts'
import { AdminPage } from './state/admin-page.ts'
import { LiveFeed, type SocketEvents } from './state/live-feed.ts'
import { Route } from './state/route.ts'
import type { ViewDeps } from './state/view-deps.ts'
import { App } from './views/app.tsx'

start()

function start(): void {
  const root = document.getElementById('app')
  if (root === null) throw new Error('index.html has no #app')
  const page = new AdminPage({
    client: createAdminClient((input, init) => fetch(input, init)),
    setupCode: takeSetupCode(),
    createFeed: (onLoggedOut) => createFeed(page, onLoggedOut),
  })
  const route = new Route(location.pathname, (path) => {
    history.pushState(null, '', path)
    scrollTo(0, 0)
  })
  addEventListener('popstate', () => route.follow(location.pathname))
  const deps: ViewDeps = {
    fetchJson: (input, init) => fetch(input, init),
    withLogin: (work) => page.withLogin(work),
    isVisible: () => !document.hidden,
    after,
  }
  const isKiosk = new URLSearchParams(location.search).has('kiosk')
  render(<App page={page} route={route} deps={deps} isKiosk={isKiosk} />, root)
  void page.open()
}

/** Reads the code of a set-up link and takes it out of the address bar, where it would be copied along. */
function takeSetupCode(): string | undefined {
  const code = new URL(location.href).searchParams.get('code') ?? undefined
  if (code !== undefined) history.replaceState(null, '', '/admin')
  return code
}

function createFeed(page: AdminPage, onLoggedOut: () => void): LiveFeed {
  const feed = new LiveFeed({
    openSocket,
    isLoggedIn: () => page.isLoggedIn(),
    onLoggedOut,
    nowMs: () => Date.now(),
    after,
  })
  addEventListener('online', () => feed.retryNow())
  return feed
}

function after(delayMs: number, work: () => void): () => void {
  const timer = setTimeout(work, delayMs)
  return () => clearTimeout(timer)
}

function openSocket(events: SocketEvents): () => void {
  const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/admin/live`)
  const over = new AbortController()
  const { signal } = over
  socket.addEventListener('message', ({ data }) => events.message(String(data)), { signal })
  socket.addEventListener('close', ({ code }) => events.close(code), { signal })
  return () => {
    over.abort()
    socket.close()
  }
}
