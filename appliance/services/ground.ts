import type { LoadedConfig } from '../config/load.ts'
import type { Secrets } from '../data-dir.ts'
import type { NetworkPlan } from '../network-plan.ts'
import type { Log } from '../telemetry/log.ts'
import type { Certificates } from '../tls/certificate.ts'

/** Everything that the services are made of, before any of them exists. */
export type Ground = Readonly<{
  loaded: LoadedConfig
  secrets: Secrets
  keys: ReadonlyMap<string, string>
  plan: NetworkPlan
  certificates: Certificates | undefined
  version: string
  log: Log
}>
