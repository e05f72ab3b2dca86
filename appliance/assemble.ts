import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Readiness } from '#api'
import type { TurnEngine } from '#turn'
import {
  type AdminStore,
  createFileAuditStore,
  createFileSessionStore,
  createUi,
  type SettingsAdmin,
  type TurnAdmin,
} from '#ui'
import { type LoadedConfig, type LoadOptions, loadConfig } from './config/load.ts'
import type { Config } from './config/schema.ts'
import type { RelayWatch } from './health/relay-watch.ts'
import { createInvites, INVITE_LIFETIME_SECONDS, type Invites } from './invites.ts'
import { credentialsIssuer, type IssueCredentials } from './relay/issue-credentials.ts'
import { createTurnAdmin, type TurnAdminOptions } from './relay/turn-admin.ts'
import { createLiveConfig, type LiveConfig } from './reload.ts'
import type { Service } from './service.ts'
import { assembleCapacity } from './services/capacity.ts'
import { assembleConnect } from './services/connect.ts'
import type { Ground } from './services/ground.ts'
import { assembleKernel } from './services/kernel.ts'
import { observe } from './services/observing.ts'
import { assembleRelayWatch } from './services/relay.ts'
import { assembleSfu, issueCallToken } from './services/sfu.ts'
import { statisticsService } from './services/statistics.ts'
import { assembleTurn, turnService } from './services/turn.ts'
import { webService } from './services/web.ts'
import type { Restarts } from './settings/restarts.ts'
import { createSettingsAdmin } from './settings/settings-admin.ts'
import { createSettingsStore } from './settings/versions.ts'
import type { NamedHealth } from './systemd/watchdog.ts'
import { type Log, setLogLevel } from './telemetry/log.ts'
import type { SystemStats } from './telemetry/system-stats.ts'

/** Where the built pages lie. */
const WEB_ROOT = join(import.meta.dirname, '../dist/web')

/** What an appliance is made of; `services` in the order they start in. */
export type Parts = Readonly<{
  services: readonly Service[]
  system: SystemStats
  invites: Invites
  watch: RelayWatch
  live: LiveConfig
  health: () => readonly NamedHealth[]
  setupLink: () => string | undefined
  /** Has the status tell how everything is now, not how it was at the latest sample. */
  renewStatus: () => void
}>

/** What an appliance is given beside its configuration: what outlives it when it starts again in its process. */
export type Surroundings = Readonly<{
  log: Log
  /** How the configuration is loaded. */
  from: LoadOptions
  restarts: Restarts
}>

/** Creates the parts and joins them; nothing is opened. */
export function assemble(
  ground: Ground,
  adminStore: AdminStore,
  surroundings: Surroundings,
): Parts {
  const { livekitKeys, turnSecrets } = ground
  const current = () => live.current()
  const invites = createInvites(livekitKeys.all)
  const issue = issuerOf(turnSecrets, current)
  const capacity = assembleCapacity(ground)
  const sfu = assembleSfu(ground, { issue, admit: (asked) => capacity.admit(asked), current })
  const turn = assembleTurn(ground)
  const watch = assembleRelayWatch(ground, issue)
  const saved = savedConfig(ground.loaded, surroundings.from)
  const live = followConfig(ground, { turn, watch }, saved.load)
  const services: Service[] = []
  const health = () => services.map((service) => ({ name: service.name, ...service.health() }))
  const watched = { sfu, turn, watch, capacity, health, settings: saved.notice }
  const { system, board, histories, rates, calls, alerts, ...seen } = observe(ground, watched)
  const ui = createUi({
    ...pageSurroundings(ground, current),
    settings: assembleSettings(ground, live, surroundings),
    status: board.latest,
    history: histories.latest.points,
    historyRange: (query) => histories.long.range(query),
    onPoint: histories.latest.onPoint,
    readiness: () => readinessOf(health()),
    issueCallToken: (who) => issueCallToken(sfu, who),
    issueInvite: (room) => invites.issue(room, INVITE_LIFETIME_SECONDS),
    admitsInvite: invites.admits,
    adminStore,
    metrics: seen.metrics,
    turn: assembleTurnAdmin(ground, { turn, rates, watch, issue, live }),
    certificate: seen.certificate,
    alerts: alerts.admin,
    connect: assembleConnect(ground, sfu),
    kernel: assembleKernel(ground),
    calls,
  })
  services.push(
    sfu,
    turnService(turn),
    alerts.service,
    statisticsService(system, board, histories),
    webService(ground, sfu, ui, turn),
    watch.service,
  )
  const { setupLink } = ui
  return { services, system, invites, watch, live, health, setupLink, renewStatus: board.refresh }
}

function issuerOf(secrets: Ground['turnSecrets'], current: () => Config): IssueCredentials {
  return credentialsIssuer(secrets, () => current().turn.credentials_expiration_minutes * 60)
}

/** What the pages need of the process and the configuration. */
function pageSurroundings(
  { loaded: { config, dataDir }, plan, secrets, log }: Ground,
  current: () => Config,
) {
  return {
    sessionStore: createFileSessionStore(dataDir, log),
    auditStore: createFileAuditStore(dataDir),
    webRoot: WEB_ROOT,
    publicOrigin: plan.publicOrigin,
    log,
    clock: { unixMs: Date.now },
    random: randomBytes,
    apiToken: secrets.adminApiToken,
    metricsAllowed: () => current().metrics.allowed_addresses,
    trustedProxies: config.web.tls.trusted_proxies,
  }
}

/** Reads the configuration again, and keeps what there is to say about the admin page's part of it. */
function savedConfig(atStart: LoadedConfig, from: LoadOptions) {
  let latest = atStart
  const load = async () => {
    latest = await loadConfig(from)
    return latest.config
  }
  return { load, notice: () => latest.settings.notices[0] }
}

function assembleSettings(
  { loaded: { dataDir } }: Ground,
  live: LiveConfig,
  { from, restarts }: Surroundings,
): SettingsAdmin {
  return createSettingsAdmin({ from, restarts, live, store: createSettingsStore(dataDir) })
}

function assembleTurnAdmin(
  { plan, ice, secrets, turnSecrets, certificates }: Ground,
  parts: Pick<TurnAdminOptions, 'turn' | 'rates' | 'watch' | 'issue' | 'live'>,
): TurnAdmin {
  return createTurnAdmin({
    ...parts,
    secrets: turnSecrets,
    apiKey: secrets.turnApiKey,
    ice,
    publicOrigin: plan.publicOrigin,
    certificate: () => certificates?.life(),
  })
}

function readinessOf(services: Readiness['services']): Readiness {
  return { ready: services.every(({ ok }) => ok), services }
}

/**
 * Lets a configuration that is read again reach those who can follow it. The relay is tested after
 * that, and after a new certificate, so that an operator sees at once whether it helped.
 */
function followConfig(
  { loaded, turnSecrets, certificates, log }: Ground,
  { turn, watch }: Readonly<{ turn: TurnEngine; watch: RelayWatch }>,
  load: () => Promise<Config>,
): LiveConfig {
  const retest = () => {
    watch.run().catch((err: unknown) => log.error({ err }, 'the relay self-test could not run'))
  }
  certificates?.onChange(retest)
  return createLiveConfig({
    config: loaded.config,
    load,
    apply(config) {
      const { allowed_peers: allowed, denied_peers: denied } = config.turn
      turn.setPeers({ allowed, denied })
      turnSecrets.follow(config)
      setLogLevel(log, config.log.level)
      retest()
    },
    log,
  })
}
