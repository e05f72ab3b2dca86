import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { createApp } from './app.ts'
import type { UiDeps } from './deps.ts'
import { LiveFeed } from './live-feed.ts'
import { createServices } from './services.ts'

export { AdminStoreError, createFileAdminStore, forgetAdmins } from './admin-store.ts'
export { createFileAuditStore } from './audit-store.ts'
export type {
  AdminRecord,
  AdminStore,
  AlertsAdmin,
  AuditStore,
  CallsAdmin,
  CallTokenRequest,
  CertificateAdmin,
  CertificateChange,
  Clock,
  ConnectAdmin,
  KernelAdmin,
  KernelChange,
  KeyRotation,
  Log,
  RandomSource,
  SecretRotation,
  SessionStore,
  SettingsAdmin,
  SettingsOutcome,
  TurnAdmin,
  UiDeps,
} from './deps.ts'
export { createFileSessionStore } from './session-store.ts'

/** The pages and the admin's API, without a port: the appliance hands over requests and upgrades. */
export interface Ui {
  handler(request: IncomingMessage, response: ServerResponse): void
  /** Takes over a WebSocket upgrade that is the dashboard's; `false` means it is somebody else's. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** The one-time link that makes the first admin; `undefined` once there is one. */
  setupLink(): string | undefined
  /** Notes in the audit log what happened without a request, such as a signal; `by` is `console` then. */
  audit(action: string, text: string, by?: string): void
  /** Writes down who is logged in; a start after it goes on with them. Sends the dashboards away; requests under way are the port's business. */
  close(): void
}

/** Builds the pages and the API. Throws when the accounts or a trusted proxy are unreadable. */
export function createUi(deps: UiDeps): Ui {
  const services = createServices(deps)
  const live = new LiveFeed(services)
  const answer = createApp(services).callback()
  return {
    handler: (request, response) => void answer(request, response),
    handleUpgrade: (request, socket, head) => live.handleUpgrade(request, socket, head),
    setupLink: () => {
      const code = services.accounts.setupCode
      return code === undefined ? undefined : `${deps.publicOrigin}/admin/setup?code=${code}`
    },
    audit: (action, text, by = 'console') =>
      services.auditLog.note({ by, address: '', action, text }),
    close: () => {
      live.close()
      services.sessions.save()
    },
  }
}
