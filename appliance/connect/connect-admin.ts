import { randomBytes } from 'node:crypto'
import type { ConnectTest } from '#api'
import type { ConnectAdmin } from '#ui'
import type { LivekitKeys } from '../livekit-keys.ts'
import { runTrials } from './connect-test.ts'
import { livekitTrials } from './livekit-tests.ts'
import { placeTrials } from './place-tests.ts'
import type { Surroundings } from './surroundings.ts'
import { turnTrials } from './turn-tests.ts'

/** What the page "Connect" sees the appliance through. */
export type ConnectAdminOptions = Readonly<{
  about: Surroundings
  keys: LivekitKeys
  /** Signs a token that lets a hidden participant into a room of its own. */
  issueTrialToken: (room: string, identity: string) => Promise<string>
}>

/** Shows chat servers' settings to the pages, and tries them. */
export function createConnectAdmin(options: ConnectAdminOptions): ConnectAdmin {
  const { about, keys, issueTrialToken } = options
  const { publicOrigin } = about
  const livekitUrl = publicOrigin.replace(/^http/, 'ws')
  let tests: readonly ConnectTest[] = []
  let testedAtMs: number | undefined
  let running: Promise<void> | undefined
  const runOnce = async () => {
    tests = await runTrials([...placeTrials(about), ...turnTrials(about), ...livekitTrials(about)])
    testedAtMs = about.nowMs()
  }
  return {
    details: () => ({
      livekitUrl,
      callPageUrl: `${publicOrigin}/call/`,
      keys: keys.list(),
      tests,
      testedAtMs,
      isTesting: running !== undefined,
    }),
    runTests() {
      running ??= runOnce().finally(() => {
        running = undefined
      })
      return running
    },
    rotateKey: () => keys.rotate(),
    retireKey: (key) => keys.retire(key),
    revealSecret: (key) => keys.all.get(key),
    async issueTrial() {
      const id = randomBytes(6).toString('hex')
      const token = await issueTrialToken(`callbox-test-${id}`, `admin-test-${id}`)
      return { livekitUrl, token }
    },
  }
}
