import { loadConfig } from '../config/load.ts'
import { ApplianceError } from '../errors.ts'
import type { Readiness } from './await-ready.ts'
import type { Host } from './host.ts'

/** Makes the question to the appliance on this host, on the port that its configuration names at that moment. */
export function readinessBy(
  host: Host,
  { configFile, dataDir }: Readonly<{ configFile: string; dataDir: string }>,
  env: NodeJS.ProcessEnv = {},
): () => Promise<Readiness | undefined> {
  return async () => {
    try {
      const { config } = await loadConfig({ config: configFile, dataDir, env })
      return await host.askReadiness(config.web.http_port)
    } catch (error) {
      if (error instanceof ApplianceError) return undefined
      throw error
    }
  }
}
