import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { createApp } from './app.ts'
import type { UiDeps } from './deps.ts'
import { LiveFeed } from './live-feed.ts'
import { createServices } from './services.ts'

export { AdminStoreError, createFileAdminStore } from './admin-store.ts'
export type {
  AdminRecord,
  AdminStore,
  CallsAdmin,
  CallTokenRequest,
  CertificateAdmin,
  CertificateChange,
  Clock,
  Log,
  RandomSource,
  SecretRotation,
  TurnAdmin,
  UiDeps,
} from './deps.ts'

/** The pages and the admin's API, without a port: the appliance hands over requests and upgrades. */
export interface Ui {
  handler(request: IncomingMessage, response: ServerResponse): void
  /** Takes over a WebSocket upgrade that is the dashboard's; `false` means it is somebody else's. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** The one-time link that sets the admin's password; `undefined` once it is set. */
  setupLink(): string | undefined
  /** Sends the dashboards away; requests under way are the port's business. */
  close(): void
}

/** Builds the pages and the API. Throws when the admin's record or a trusted proxy is unreadable. */
export function createUi(deps: UiDeps): Ui {
  const services = createServices(deps)
  const live = new LiveFeed(services)
  const answer = createApp(services).callback()
  return {
    handler: (request, response) => void answer(request, response),
    handleUpgrade: (request, socket, head) => live.handleUpgrade(request, socket, head),
    setupLink: () => {
      const code = services.account.setupCode
      return code === undefined ? undefined : `${deps.publicOrigin}/admin/setup?code=${code}`
    },
    close: () => live.close(),
  }
}
