import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Readiness } from '#api'
import { createFileAdminStore, createUi } from '#ui'
import type { LoadedConfig } from './config/load.ts'
import type { Config } from './config/schema.ts'
import { livekitKeys, loadSecrets, turnSecrets } from './data-dir.ts'
import { createInvites, type Invites } from './invites.ts'
import { mediaPorts } from './media-ports.ts'
import { planNetwork } from './network-plan.ts'
import { resolvePublicAddress } from './public-address.ts'
import { type Service, startServices, stopServices } from './service.ts'
import type { Ground } from './services/ground.ts'
import { assembleSfu, issueCallToken } from './services/sfu.ts'
import { statisticsService } from './services/statistics.ts'
import { assembleTurn, turnService } from './services/turn.ts'
import { webService } from './services/web.ts'
import { type StartFacts, startWarnings } from './start-output.ts'
import { createStatusBoard } from './status.ts'
import { createHistory } from './telemetry/history.ts'
import type { Log } from './telemetry/log.ts'
import { createSystemStats, type SystemStats } from './telemetry/system-stats.ts'
import { openCertificates } from './tls/certificate.ts'
import { readVersions } from './version.ts'

/** Where the built pages lie. */
const WEB_ROOT = join(import.meta.dirname, '../dist/web')

const DEMO_ROOM = 'demo'
const DAY_SECONDS = 86_400

/** A running appliance. */
export interface Appliance {
  readonly facts: StartFacts
  /** Takes no more joins, tells people, closes everything; cut when `deadline` aborts. */
  stop(deadline: AbortSignal): Promise<void>
}

/** Builds the services in order and starts them. Throws `ApplianceError` for what an operator can mend. */
export async function startAppliance(loaded: LoadedConfig, log: Log): Promise<Appliance> {
  const beganAtMs = performance.now()
  const { config, dataDir } = loaded
  const { secrets, warnings: secretWarnings } = await loadSecrets(dataDir)
  const address = await resolvePublicAddress(config)
  const plan = planNetwork(config, address, await mediaIp(config))
  const certificates = await openCertificates({
    tls: config.web.tls,
    dataDir,
    names: plan.certificateNames,
    log,
  })
  const keys = livekitKeys(config, secrets)
  const version = readVersions().callbox
  const ground = { loaded, secrets, keys, plan, certificates, version, log }
  const parts = assemble(ground)
  await startServices(parts.services)

  const found = [...address.warnings, ...secretWarnings]
  const facts = await startFacts(ground, parts, { found, beganAtMs })
  return {
    facts,
    async stop(deadline) {
      const failures = await stopServices(parts.services, deadline)
      certificates?.close()
      for (const err of failures) log.error({ err }, 'a service did not stop cleanly')
    },
  }
}

/** The IP that `rtc.ice_host_override` stands for; `undefined` where it is not set. */
async function mediaIp(config: Config): Promise<string | undefined> {
  const override = config.rtc.ice_host_override
  if (override === '') return undefined
  return (await resolvePublicAddress({ ...config, public_address: override })).ip
}

type Parts = Readonly<{
  services: readonly Service[]
  system: SystemStats
  invites: Invites
  setupLink: () => string | undefined
}>

/** Creates the services, in the order they start in. */
function assemble(ground: Ground): Parts {
  const { config, dataDir } = ground.loaded
  const { log, plan, keys, version } = ground
  const invites = createInvites(keys)
  const sfu = assembleSfu(ground)
  const turn = assembleTurn(ground)
  const system = createSystemStats({ onError: (err) => log.error({ err }, 'sampling failed') })
  const services: Service[] = []
  const health = () => services.map((service) => ({ name: service.name, ...service.health() }))
  const board = createStatusBoard({ version, system, sfu, turn, services: health })
  const history = createHistory(board.point)

  const ui = createUi({
    status: board.latest,
    history: history.points,
    onPoint: history.onPoint,
    readiness: (): Readiness => {
      const all = health()
      return { ready: all.every(({ ok }) => ok), services: all }
    },
    issueCallToken: (who) => issueCallToken(sfu, who),
    issueInvite: (room) => invites.issue(room, DAY_SECONDS),
    admitsInvite: invites.admits,
    adminStore: createFileAdminStore(dataDir),
    webRoot: WEB_ROOT,
    publicOrigin: plan.publicOrigin,
    log,
    clock: { unixMs: Date.now },
    random: randomBytes,
    apiToken: ground.secrets.adminApiToken,
    trustedProxies: config.web.tls.trusted_proxies,
  })
  services.push(
    sfu,
    turnService(turn),
    statisticsService(system, board, history),
    webService(ground, sfu, ui, turn),
  )
  return { services, system, invites, setupLink: ui.setupLink }
}

async function startFacts(
  ground: Ground,
  parts: Parts,
  {
    found,
    beganAtMs,
  }: Readonly<{ found: Parameters<typeof startWarnings>[0]['found']; beganAtMs: number }>,
): Promise<StartFacts> {
  const { loaded, secrets, keys, plan, certificates, version } = ground
  const { token } = await parts.invites.issue(DEMO_ROOM, DAY_SECONDS, 'Guest')
  const [[key, secret] = ['', '']] = keys
  const [turnSecret = ''] = turnSecrets(loaded.config, secrets)
  return {
    version,
    readyAfterMs: performance.now() - beganAtMs,
    publicOrigin: plan.publicOrigin,
    localOrigin: plan.localOrigin,
    setupLink: parts.setupLink(),
    demoLink: `${plan.localOrigin}/call/${DEMO_ROOM}?token=${token}`,
    ice: plan.ice,
    turnSecret,
    livekit: { url: plan.publicOrigin.replace(/^http/, 'ws'), key, secret },
    warnings: startWarnings({
      found,
      kernel: parts.system.latest().kernel,
      tlsMode: loaded.config.web.tls.mode === 'acme' ? 'off' : loaded.config.web.tls.mode,
      certificateDaysLeft: certificates?.daysLeft(),
      mediaPorts: mediaPorts(loaded.config),
    }),
  }
}
