import type { Status } from '#api'
import type { Sfu } from '#sfu'
import type { TurnEngine } from '#turn'
import { createCallsBoard } from '../calls/calls-admin.ts'
import { createTravels } from '../calls/travels.ts'
import type { CapacityWatch } from '../capacity/capacity-watch.ts'
import type { RelayWatch } from '../health/relay-watch.ts'
import { createTurnRates } from '../relay/turn-rates.ts'
import { createStatusBoard } from '../status.ts'
import type { NamedHealth } from '../systemd/watchdog.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { createSystemStats } from '../telemetry/system-stats.ts'
import { createCertificateAdmin } from '../tls/certificate-admin.ts'
import { type CertificateLife, expiryWarning } from '../tls/certificate-words.ts'
import { assembleAlerts } from './alerts.ts'
import type { Ground } from './ground.ts'
import { assembleHistories } from './history.ts'
import { ownMachine } from './own-machine.ts'

const DAY_MS = 86_400_000

/** What is observed: the parts that work, and what there is to say of the settings page. */
export type Observed = Readonly<{
  sfu: Sfu
  turn: TurnEngine
  watch: RelayWatch
  capacity: CapacityWatch
  health: () => readonly NamedHealth[]
  settings: () => Status['settings']
}>

/**
 * Joins what observes: once a second the machine is sampled, and of that sample come the status, then
 * history, then alerts and what is found in calls. Nothing is opened.
 */
export function observe(ground: Ground, { sfu, turn, watch, capacity, ...observed }: Observed) {
  const { log, version } = ground
  const onError = (err: unknown) => log.error({ err }, 'sampling failed')
  const system = createSystemStats({ ...ownMachine(ground, sfu, turn), onError })
  const relay = () => watch.latest()
  const certificate = certificateFacts(ground)
  const travels = createTravels({ turn, ownIps: ownIps(ground), nowMs: Date.now })
  const calls = createCallsBoard({ sfu, travels, diagnose: () => alerts.findings.all() })
  const alerts = assembleAlerts(ground, () => calls.running())
  const board = createStatusBoard({
    version,
    system,
    sfu,
    turn,
    travels,
    relay,
    services: observed.health,
    certificate: certificate.alarm,
    certificateDaysLeft: () => daysLeft(certificate.life()),
    address: addressStatus(ground),
    capacity: (sample) => capacity.refresh(sample),
    news: () => ({ findings: alerts.findings.all(), alerts: alerts.alerts.firing() }),
    settings: observed.settings,
  })
  const histories = assembleHistories(ground, board)
  const rates = createTurnRates(turn)
  histories.latest.onPoint(({ atMs }) => rates.sample(atMs))
  histories.latest.onPoint(() => alerts.refresh(board.latest()))
  const metrics = createMetrics({
    status: board.latest,
    turn,
    selfTest: relay,
    probe: () => watch.probe().rows,
    certificate: certificate.life,
    order: certificate.order,
    alerts: () => alerts.admin.details().rules,
  })
  return {
    system,
    board,
    histories,
    rates,
    calls,
    alerts,
    metrics,
    certificate: certificate.admin,
  }
}

function addressStatus({ address: { address, ip, ipv6, how, localAddresses } }: Ground) {
  return { announced: address, ip, ipv6, how, isLocal: localAddresses.includes(ip) }
}

/** The addresses that what we relay to ourselves comes from. */
function ownIps({ plan: { ownIps, relayIp, ipv6 } }: Ground): readonly string[] {
  return [...ownIps, relayIp, ...(ipv6 === undefined ? [] : [ipv6])]
}

function daysLeft(life: CertificateLife | undefined): number | undefined {
  return life && Math.floor((life.validUntilMs - Date.now()) / DAY_MS)
}

function certificateFacts({ loaded: { config }, certificates, plan, log }: Ground) {
  const life = () => certificates?.life()
  const alarm = () => {
    const present = life()
    return present && expiryWarning(present, Date.now())
  }
  const order = () => certificates?.acme()
  const host = plan.ice.host
  const admin = createCertificateAdmin({ certificates, web: config.web, host, log })
  return { life, alarm, order, admin }
}
