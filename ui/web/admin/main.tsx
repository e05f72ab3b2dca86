import 'uplot/dist/uPlot.min.css'
import '../shared/theme.css'
import './admin.css'
import { render } from 'preact'
import { createAdminClient } from './state/admin-client.ts'
import { AdminPage } from './state/admin-page.ts'
import { LiveFeed, type SocketEvents } from './state/live-feed.ts'
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
  render(<App page={page} />, root)
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
    after: (delayMs, work) => {
      const timer = setTimeout(work, delayMs)
      return () => clearTimeout(timer)
    },
  })
  addEventListener('online', () => feed.retryNow())
  return feed
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
