import type { CallDetails, Status } from '#api'
import type { AlertsAdmin } from '#ui'
import { createAlertStore } from '../alerts/alert-state.ts'
import { Alerts } from '../alerts/alerts.ts'
import { configuredChannels } from '../alerts/channels/configured.ts'
import { isClockSynchronized } from '../alerts/clock-watch.ts'
import { alertRules } from '../alerts/rules.ts'
import { SurroundingsWatch } from '../alerts/surroundings-watch.ts'
import type { Config } from '../config/schema.ts'
import { resolvePublicAddress } from '../public-address.ts'
import type { Service } from '../service.ts'
import { type CallFindings, createCallFindings } from '../verdicts/call-findings.ts'
import type { OwnFacts } from '../verdicts/own-facts.ts'
import type { Ground } from './ground.ts'

/** Alerts that are another word for: our own machine cannot keep up. */
const STRAIN: Readonly<Record<string, string>> = {
  'udp-errors': 'the kernel drops UDP packets',
  softnet: 'the network card’s queue overflows',
  steal: 'other virtual machines take its processor',
  cpu: 'the processor is busy',
  'media-worker': 'a media worker is at its limit',
}

/** Alerts and what is found in calls, which know of each other. */
export type AlertParts = Readonly<{
  alerts: Alerts
  findings: CallFindings
  service: Service
  admin: AlertsAdmin
  /** Judges anew; called once a second, with the status of that second. */
  refresh: (status: Status) => void
}>

/** Joins them; `calls` are those that run. */
export function assembleAlerts(ground: Ground, calls: () => readonly CallDetails[]): AlertParts {
  const { loaded, plan, address, log } = ground
  const { config, dataDir } = loaded
  const watch = new SurroundingsWatch({
    clock: () => isClockSynchronized(),
    address: addressLookup(config, address.how),
    announced: address.ip,
    onError: (err) => log.warn({ err }, 'what alerts are judged by could not be looked up'),
  })
  const alerts = new Alerts({
    rules: alertRules(levelsOf(config)),
    channels: configuredChannels(config.alerts),
    store: createAlertStore(dataDir),
    surroundings: () => watch.latest(),
    publicOrigin: plan.publicOrigin,
    log,
    now: Date.now,
    after,
  })
  const findings = createCallFindings({ calls, own: () => ownFacts(config, alerts) })
  return {
    alerts,
    findings,
    service: alertsService(alerts, watch),
    admin: alerts,
    refresh(status) {
      alerts.refresh(status)
      findings.refresh(status.atMs)
    },
  }
}

function alertsService(alerts: Alerts, watch: SurroundingsWatch): Service {
  let running = false
  return {
    name: 'alerts',
    async start() {
      alerts.load()
      watch.start()
      running = true
    },
    async stop() {
      running = false
      watch.stop()
      await alerts.close()
    },
    health: () => ({ ok: running, detail: running ? channelWords(alerts) : 'not started' }),
  }
}

function channelWords(alerts: Alerts): string {
  const names = alerts.details().channels.map(({ name }) => name)
  return names.length === 0 ? 'shown on the page only' : `sent by ${names.join(', ')}`
}

function levelsOf({ alerts }: Config) {
  return {
    cpuPercent: alerts.cpu_percent,
    lossPercent: alerts.loss_percent,
    rttMs: alerts.rtt_ms,
    diskPercent: alerts.disk_percent,
    certificateDays: alerts.certificate_days,
  }
}

/** A given address does not change by itself; a found one is looked up the same way again. */
function addressLookup(config: Config, how: Status['address']['how']) {
  if (how !== 'stun' && how !== 'interface') return undefined
  return async () => {
    const found = await resolvePublicAddress(config)
    return found.how === how ? found.ip : undefined
  }
}

function ownFacts({ rtc, turn }: Config, alerts: Alerts): OwnFacts {
  return {
    ports: {
      udp: rtc.ice_host_port_override || rtc.udp_port,
      tcp: rtc.ice_host_port_override || rtc.tcp_port,
      turn: turn.port,
    },
    strain: Object.entries(STRAIN).flatMap(([id, words]) => (alerts.fires(id) ? [words] : [])),
    relaysRefused: alerts.measured('turn-refused') ?? 0,
  }
}

function after(delayMs: number, work: () => void): () => void {
  const timer = setTimeout(work, delayMs).unref()
  return () => clearTimeout(timer)
}
