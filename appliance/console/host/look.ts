import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type LoadedConfig, loadConfig } from '../../config/load.ts'
import { ApplianceError } from '../../errors.ts'
import { checkClock } from '../../health/machine-checks.ts'
import { placesOf } from '../../lifecycle/places.ts'
import { readHistory, readPending } from '../../lifecycle/update-state.ts'
import { readVersions } from '../../version.ts'
import type { Warning } from '../../warning.ts'
import type { Facts } from '../facts.ts'
import { readHostName } from './host-name.ts'
import { lookAtNetwork } from './network-facts.ts'
import { askServices, lookAtCertificate, readStartFile, type StartFile } from './running-facts.ts'

/** Where a machine's facts are. `root` is `/` but in tests. */
export type Places = Readonly<{
  root: string
  /** Where the running appliance leaves start.json. */
  runDir: string
  /** The configuration file, as a start would be given it. */
  configFile: string | undefined
  env: NodeJS.ProcessEnv
}>

/** What takes a program or a handshake to find out is found out this often. */
const SLOW_FACTS_EVERY_MS = 30_000

type SlowFacts = Pick<Facts, 'certificate' | 'clockSynchronized'> &
  Readonly<{ httpsPort: number | undefined; httpPort: number; problems: readonly Warning[] }>

/** Makes the look at a machine; it remembers what changes slowly. */
export function createLook(places: Places, now: () => number): () => Promise<Facts> {
  let slow: SlowFacts | undefined
  let lookedAtMs = Number.NEGATIVE_INFINITY
  let lookedAtStart: string | undefined
  return async () => {
    const start = await readStartFile(places.runDir)
    const key = JSON.stringify(start)
    if (slow === undefined || now() - lookedAtMs >= SLOW_FACTS_EVERY_MS || key !== lookedAtStart) {
      lookedAtMs = now()
      lookedAtStart = key
      slow = await lookSlowly(places, start, now())
    }
    return gather(places, start, slow)
  }
}

async function gather(
  { root }: Places,
  start: StartFile | undefined,
  slow: SlowFacts,
): Promise<Facts> {
  const localOrigin = start?.localOrigin ?? `http://127.0.0.1:${slow.httpPort}`
  return {
    version: start?.version ?? readVersions().callbox,
    hostName: await readHostName(root),
    ...(await lookAtNetwork(root)),
    adminUrl: start && `${start.publicOrigin}/admin`,
    setupLink: start?.setupLink,
    certificate: slow.certificate,
    services: await askServices({ localOrigin, httpsPort: slow.httpsPort }),
    clockSynchronized: slow.clockSynchronized,
    update: await describeUpdate(root),
    rebootRequired: existsSync(join(root, 'run/reboot-required')),
    warnings: [...slow.problems, ...(start?.warnings ?? [])],
  }
}

async function lookSlowly(
  { configFile, env }: Places,
  start: StartFile | undefined,
  nowMs: number,
): Promise<SlowFacts> {
  const { verdict, fact, fix } = await checkClock(nowMs)
  const clockSynchronized = verdict === 'unknown' ? undefined : verdict === 'ok'
  const clockProblem =
    verdict === 'problem' ? [{ message: `The clock: ${fact}.`, fix: fix ?? '' }] : []
  const loaded = await loadConfig({ config: configFile, env }).catch(asWarning)
  if ('fix' in loaded) {
    const problems = [...clockProblem, loaded]
    return {
      certificate: undefined,
      clockSynchronized,
      httpsPort: undefined,
      httpPort: 0,
      problems,
    }
  }
  const { web } = loaded.config
  const httpsPort = web.tls.mode === 'off' ? undefined : web.https_port
  const host = start === undefined ? '' : new URL(start.publicOrigin).hostname
  const certificate =
    httpsPort === undefined ? undefined : await lookAtCertificate(httpsPort, host, nowMs)
  const httpPort = web.http_port
  return { certificate, clockSynchronized, httpsPort, httpPort, problems: clockProblem }
}

/** A configuration that is refused is what the console has to say first. */
function asWarning(error: unknown): LoadedConfig | Warning {
  if (!(error instanceof ApplianceError)) throw error
  return { message: error.message.replaceAll(/\s+/g, ' '), fix: error.fix }
}

/** Says that an update is not confirmed yet, or how the last one ended if not well. */
async function describeUpdate(root: string): Promise<string | undefined> {
  const places = placesOf(root)
  try {
    const pending = await readPending(places)
    if (pending !== undefined) {
      const { phase, from, to } = pending
      return phase === 'trying' ? `trying ${to}` : `going back to ${from}`
    }
    const last = (await readHistory(places)).at(-1)
    if (last === undefined || last.outcome === 'confirmed') return undefined
    return `to ${last.to} ${ENDED[last.outcome]}${last.reason ? `: ${last.reason}` : ''}`
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error
    return error.message
  }
}

const ENDED = {
  rolledBack: 'was taken back',
  stopped: 'was not begun',
  failed: 'failed',
} as const
