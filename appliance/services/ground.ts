import { bindableIps } from '../bindable-ips.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { createSecretsFile, loadSecrets, type Secrets, saveSecrets } from '../data-dir.ts'
import { openRelayEcho, type RelayEcho } from '../health/relay-echo.ts'
import { type IceAddress, iceAddress } from '../ice-urls.ts'
import { createLivekitKeys, type LivekitKeys } from '../livekit-keys.ts'
import { type NetworkPlan, planNetwork, relayFamilies } from '../network-plan.ts'
import { type PublicAddress, resolvePublicAddress } from '../public-address.ts'
import { createTurnSecrets, type TurnSecrets } from '../relay/turn-secrets.ts'
import type { Log } from '../telemetry/log.ts'
import { type Certificates, openCertificates } from '../tls/certificate.ts'
import { readVersions } from '../version.ts'
import type { Warning } from '../warning.ts'

/** Everything that the services are made of, before any of them exists. */
export type Ground = Readonly<{
  loaded: LoadedConfig
  secrets: Secrets
  turnSecrets: TurnSecrets
  livekitKeys: LivekitKeys
  plan: NetworkPlan
  /** Of the plan's own addresses, those that can be listened on. */
  listenIps: readonly string[]
  /** The public address, and how it is known. */
  address: PublicAddress
  /** What the relay self-test relays to. */
  echo: RelayEcho
  certificates: Certificates | undefined
  /** What ICE servers call this machine, with the certificate that is in use. */
  ice: () => IceAddress
  version: string
  /** What came to light on the way. */
  warnings: readonly Warning[]
  log: Log
}>

/** Reads secrets and certificate and finds the addresses. Throws `ApplianceError`. */
export async function openGround(loaded: LoadedConfig, log: Log): Promise<Ground> {
  const { config, dataDir } = loaded
  const { secrets, warnings } = await loadSecrets(dataDir)
  const address = await resolvePublicAddress(config)
  const plan = planNetwork(config, address, await mediaIp(config))
  const certificates = await openCertificates({
    tls: config.web.tls,
    answersHttp: config.web.http_redirect,
    dataDir,
    names: plan.certificateNames,
    log,
  })
  const file = createSecretsFile(secrets, (changed) => saveSecrets(dataDir, changed))
  return {
    loaded,
    secrets,
    turnSecrets: createTurnSecrets({ config, file }),
    livekitKeys: createLivekitKeys({ config, file }),
    plan,
    listenIps: await bindableIps(plan.ownIps),
    address,
    echo: await openRelayEcho(relayFamilies(plan)[0]),
    certificates,
    ice: () => iceAddress(plan.ice.host, config, certificates?.source()),
    version: readVersions().callbox,
    warnings: [...loaded.settings.notices, ...address.warnings, ...warnings],
    log,
  }
}

/** Gives back what the ground holds open. */
export function closeGround({ certificates, echo }: Ground): void {
  certificates?.close()
  echo.close()
}

/** The IP that `rtc.ice_host_override` stands for; `undefined` where it is not set. */
async function mediaIp(config: Config): Promise<string | undefined> {
  const override = config.rtc.ice_host_override
  if (override === '') return undefined
  return (await resolvePublicAddress({ ...config, public_address: override })).ip
}
