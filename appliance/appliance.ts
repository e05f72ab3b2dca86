import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Readiness } from '#api'
import { createSfu, type Sfu } from '#sfu'
import { createTurnEngine, issueCredentials, type TurnEngine } from '#turn'
import { createFileAdminStore, createUi } from '#ui'
import type { LoadedConfig } from './config/load.ts'
import type { Config } from './config/schema.ts'
import { livekitKeys, loadSecrets, type Secrets, turnSecrets } from './data-dir.ts'
import { stunUrls, turnUrls } from './ice-urls.ts'
import { createInvites } from './invites.ts'
import { mediaPorts } from './media-ports.ts'
import { mediaAliases, type NetworkPlan, planNetwork } from './network-plan.ts'
import { resolvePublicAddress } from './public-address.ts'
import { type Service, startServices, stopServices } from './service.ts'
import { type StartFacts, startWarnings } from './start-output.ts'
import { createStatusBoard, type StatusBoard } from './status.ts'
import { createHistory, type History } from './telemetry/history.ts'
import type { Log } from './telemetry/log.ts'
import { createSystemStats, type SystemStats } from './telemetry/system-stats.ts'
import { type Certificates, openCertificates } from './tls/certificate.ts'
import { readVersions } from './version.ts'
import { createWebServer } from './web-server.ts'

/** Where the built pages lie. */
const WEB_ROOT = join(import.meta.dirname, '../dist/web')

const DEMO_ROOM = 'demo'
const DAY_SECONDS = 86_400
/** Chat servers' own tokens live as long; a person's page gets fresh ones while it is in a call. */
const CALL_TOKEN_SECONDS = 6 * 3600

/** A running appliance. */
export interface Appliance {
  readonly facts: StartFacts
  /** Takes no more joins, tells people, closes everything; cut when `deadline` aborts. */
  stop(deadline: AbortSignal): Promise<void>
}

/** Everything that the services are made of, before any of them exists. */
type Ground = Readonly<{
  loaded: LoadedConfig
  secrets: Secrets
  keys: ReadonlyMap<string, string>
  plan: NetworkPlan
  certificates: Certificates | undefined
  version: string
  log: Log
}>

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
    webService(ground, sfu, ui),
  )
  return { services, system, setupLink: ui.setupLink }
}

function assembleSfu({ loaded: { config }, keys, plan, secrets, version, log }: Ground): Sfu {
  const [secret = ''] = turnSecrets(config, secrets)
  const worker = process.env['MEDIASOUP_WORKER_BIN']
  return createSfu({
    media: {
      workers: config.rtc.workers,
      ports: mediaPorts(config),
      listen: plan.mediaListen,
      ...(worker === undefined ? {} : { workerBin: worker }),
    },
    livekitKeys: keys,
    maxParticipants: config.calls.max_participants,
    iceServers: (participantSid) => {
      const { username, password } = issueCredentials({
        secret,
        id: participantSid,
        lifetimeSeconds: config.turn.credentials_expiration_minutes * 60,
        nowSeconds: Math.floor(Date.now() / 1000),
      })
      return [
        { urls: stunUrls(plan.ice) },
        { urls: turnUrls(plan.ice), username, credential: password },
      ]
    },
    serverVersion: version,
    log: log.child({ part: 'sfu' }),
  })
}

function assembleTurn({ loaded: { config }, plan, secrets, log }: Ground): TurnEngine {
  const everywhere = [{ ip: plan.anyIp, port: config.turn.port }]
  // A relay carries UDP only (RFC 8656), so the TCP ports are none of its business.
  const ports = mediaPorts(config).map(({ udp }) => udp)
  const aliases = mediaAliases(plan, ports)
  const mediaIps = new Set([plan.mediaIp, ...plan.ownIps])
  return createTurnEngine({
    listen: { udp: everywhere, tcp: everywhere },
    relay: {
      ip: plan.anyIp,
      announcedIp: plan.relayIp,
      portMin: config.turn.relay_port_min,
      portMax: config.turn.relay_port_max,
    },
    realm: config.turn.realm || plan.ice.host,
    secrets: turnSecrets(config, secrets),
    ownMedia: [
      ...[...mediaIps].flatMap((ip) => ports.map((port) => ({ ip, port }))),
      ...aliases.map(({ announced }) => announced),
    ],
    peerAliases: aliases,
    ownIps: plan.ownIps,
    allowedPeers: config.turn.allowed_peers,
    deniedPeers: config.turn.denied_peers,
    log: log.child({ part: 'turn' }),
  })
}

type CallTokenRequest = Readonly<{ room: string; identity: string; name: string }>

function issueCallToken(sfu: Sfu, who: CallTokenRequest): Promise<string> {
  const grant = { roomJoin: true, room: who.room, canUpdateOwnMetadata: true }
  return sfu.createToken({ ...who, lifetimeSeconds: CALL_TOKEN_SECONDS, grant })
}

function turnService(turn: TurnEngine): Service {
  return {
    name: 'turn',
    start: () => turn.start(),
    stop: () => turn.close('the appliance stops'),
    health: () => {
      const listening = turn.listening().length
      return listening > 0
        ? { ok: true, detail: `${turn.stats().allocations} allocations` }
        : { ok: false, detail: 'not listening' }
    },
  }
}

function statisticsService(system: SystemStats, board: StatusBoard, history: History): Service {
  let running = false
  return {
    name: 'statistics',
    async start() {
      system.onSample(() => {
        board.refresh()
        history.record()
      })
      await system.start()
      running = true
    },
    async stop() {
      system.stop()
      running = false
    },
    health: () => ({ ok: running, detail: running ? 'sampling each second' : 'not started' }),
  }
}

function webService(ground: Ground, sfu: Sfu, ui: ReturnType<typeof createUi>): Service {
  const { web } = ground.loaded.config
  const { certificates, plan } = ground
  const server = createWebServer({
    https: certificates && { port: web.https_port, certificates },
    // Behind a proxy this is the only listener, and the proxy may be another host.
    http: { port: web.http_port, host: certificates === undefined ? '0.0.0.0' : '127.0.0.1' },
    doors: [sfu, ui],
    handler: ui.handler,
  })
  let listening = false
  return {
    name: 'web',
    async start() {
      await server.start()
      listening = true
    },
    stop(deadline) {
      listening = false
      // Closing waits for every connection, and a call keeps its own until it is told to go.
      sfu.drain()
      ui.close()
      return server.stop(deadline)
    },
    health: () => ({ ok: listening, detail: listening ? plan.publicOrigin : 'not started' }),
  }
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
  const { token } = await createInvites(keys).issue(DEMO_ROOM, DAY_SECONDS)
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
