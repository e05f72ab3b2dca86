import { type AdminStore, createFileAdminStore } from '#ui'
import { assemble, type Parts, type Surroundings } from './assemble.ts'
import type { LoadedConfig } from './config/load.ts'
import { wasGranted } from './health/deny-probe.ts'
import { INVITE_LIFETIME_SECONDS } from './invites.ts'
import { mediaPorts } from './media-ports.ts'
import { startServices, stopServices } from './service.ts'
import { closeGround, type Ground, openGround } from './services/ground.ts'
import { type StartFacts, startWarnings } from './start-output.ts'
import type { NamedHealth } from './systemd/watchdog.ts'
import { nameWarning } from './tls/certificate-words.ts'
import type { Warning } from './warning.ts'

const DEMO_ROOM = 'demo'

/** A running appliance. */
export interface Appliance {
  readonly facts: StartFacts
  /** How each service is. */
  health(): readonly NamedHealth[]
  /** Calls back when there is an admin, which ends the set-up link. */
  onPasswordSet(listener: () => void): void
  /** Reads configuration and certificate again, and takes over what can change while it runs. Never rejects. */
  reload(): Promise<void>
  /** Takes no more joins, tells people, closes everything; cut when `deadline` aborts. */
  stop(deadline: AbortSignal): Promise<void>
}

/** Builds the services in order and starts them. Throws `ApplianceError` for what an operator can mend. */
export async function startAppliance(
  loaded: LoadedConfig,
  surroundings: Surroundings,
): Promise<Appliance> {
  const { log } = surroundings
  const beganAtMs = performance.now()
  const ground = await openGround(loaded, log)
  const admin = createToldStore(createFileAdminStore(loaded.dataDir))
  const parts = await startParts(ground, () => assemble(ground, admin.store, surroundings))
  return {
    facts: await startFacts(ground, parts, beganAtMs),
    health: parts.health,
    onPasswordSet: admin.onPasswordSet,
    async reload() {
      const read = [parts.live.reload(), ground.certificates?.reload()]
      for (const outcome of await Promise.allSettled(read)) {
        if (outcome.status === 'fulfilled') continue
        log.error({ err: outcome.reason }, 'the configuration could not be reloaded')
      }
    },
    async stop(deadline) {
      const failures = await stopServices(parts.services, deadline)
      closeGround(ground)
      for (const err of failures) log.error({ err }, 'a service did not stop cleanly')
    },
  }
}

/** Joins the parts and starts them; one that cannot leaves nothing open behind. */
async function startParts(ground: Ground, join: () => Parts): Promise<Parts> {
  try {
    const parts = join()
    await startServices(parts.services)
    // The first sample was taken before the last services started: who asks at once would be told that they do not work.
    parts.renewStatus()
    return parts
  } catch (error) {
    closeGround(ground)
    throw error
  }
}

/** A store that says once when there is an admin. */
function createToldStore(
  inner: AdminStore,
): Readonly<{ store: AdminStore; onPasswordSet: Appliance['onPasswordSet'] }> {
  const listeners: (() => void)[] = []
  const store: AdminStore = {
    load: inner.load,
    save(record) {
      inner.save(record)
      if (!record.accounts.some(({ role }) => role === 'admin')) return
      for (const listener of listeners.splice(0)) listener()
    },
  }
  return { store, onPasswordSet: (listener) => void listeners.push(listener) }
}

async function startFacts(ground: Ground, parts: Parts, beganAtMs: number): Promise<StartFacts> {
  const { loaded, turnSecrets, livekitKeys, plan, certificates, version, warnings } = ground
  const { token } = await parts.invites.issue(DEMO_ROOM, INVITE_LIFETIME_SECONDS, 'Guest')
  const { key, secret } = livekitKeys.current()
  const selfTest = parts.watch.latest().results
  return {
    version,
    readyAfterMs: performance.now() - beganAtMs,
    publicOrigin: plan.publicOrigin,
    localOrigin: plan.localOrigin,
    setupLink: parts.setupLink(),
    demoLink: `${plan.localOrigin}/call/${DEMO_ROOM}?token=${token}`,
    ice: ground.ice(),
    turnSecret: turnSecrets.current(),
    livekit: { url: plan.publicOrigin.replace(/^http/, 'ws'), key, secret },
    selfTest,
    warnings: startWarnings({
      found: [...warnings, ...misnamed(ground)],
      kernel: parts.system.latest().kernel,
      certificate: certificates?.life(),
      acme: certificates?.acme(),
      mediaPorts: mediaPorts(loaded.config),
      selfTest,
      deniedReached: parts.watch.probe().rows.filter(wasGranted),
    }),
  }
}

/** What people are led to should be in the certificate that others signed. */
function misnamed({ certificates, plan }: Ground): readonly Warning[] {
  if (certificates === undefined) return []
  const { host } = plan.ice
  const domain = certificates.acme()?.settings.domain
  if (certificates.source() === 'self-signed' && domain !== undefined && domain !== host) {
    const message = `A certificate for ${domain} is on order, and clients are given ${host}.`
    return [{ message, fix: `Set public_address to ${domain}.` }]
  }
  const warning = nameWarning(certificates.certificate(), certificates.source(), host)
  return warning === undefined ? [] : [warning]
}
