import type { LoadedConfig } from '../config/load.ts'
import type { Check } from './check.ts'
import {
  checkCertificate,
  checkDataDir,
  checkPublicAddress,
  describeConfig,
  failedCheck,
  nearestExisting,
} from './installation-checks.ts'
import {
  checkClock,
  checkDisk,
  checkKernel,
  checkNode,
  checkWorker,
  describeMachine,
} from './machine-checks.ts'
import { checkPorts, checkRelay } from './port-checks.ts'

/** What the checks are about; `load` throws what is wrong with the configuration. */
export type CheckOptions = Readonly<{
  load: () => Promise<LoadedConfig>
  workerBin: string | undefined
  nowMs: number
}>

/** Runs every check, those of the installation only when the configuration is good. */
export async function runChecks(options: CheckOptions): Promise<readonly Check[]> {
  const machine = [
    checkNode(),
    describeMachine(),
    await checkWorker(options.workerBin),
    ...checkKernel(),
    await checkClock(options.nowMs),
  ]
  return [...machine, ...(await checkInstallation(options))]
}

async function checkInstallation({ load, nowMs }: CheckOptions): Promise<readonly Check[]> {
  const loaded = await load().catch((error: unknown) => failedCheck('configuration', error))
  if ('verdict' in loaded) return [loaded]
  return [
    ...describeConfig(loaded),
    await checkDataDir(loaded.dataDir),
    await checkDisk(await nearestExisting(loaded.dataDir)),
    await checkPublicAddress(loaded),
    await checkCertificate(loaded, nowMs),
    ...(await checkPorts(loaded.config)),
    await checkRelay(loaded.config),
  ]
}
