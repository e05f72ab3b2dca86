/** The wire types of the pages "Connect" and "Kernel" (`#api` hands them on). Types only: nothing here runs. */

/** One thing that a chat server needs of us, as it was tried from the server itself. */
export type ConnectTest = Readonly<{
  id: string
  title: string
  state: 'ok' | 'warning' | 'failed' | 'untried'
  /** Sentences. */
  detail: string
  fix: string
  tookMs: number | undefined
}>

/** A LiveKit API key; its secret is shown on request only. */
export type LivekitKey = Readonly<{
  key: string
  origin: 'generated' | 'config'
  hint: string
  /** When a newer one took its place, `undefined` for the one in use. */
  retiredAtMs: number | undefined
}>

/** `GET /api/admin/connect`. No secret is among them. */
export type ConnectDetails = Readonly<{
  /** `wss://…` of the LiveKit door. */
  livekitUrl: string
  callPageUrl: string
  keys: readonly LivekitKey[]
  /** The latest try; empty until one was asked for. */
  tests: readonly ConnectTest[]
  testedAtMs: number | undefined
  isTesting: boolean
}>

/** One kernel setting, what it is, and what it should be. */
export type KernelSetting = Readonly<{
  key: string
  present: string | undefined
  wanted: string
  state: 'ok' | 'differs' | 'hidden'
  reason: string
}>

/** `GET /api/admin/kernel`. */
export type KernelDetails = Readonly<{
  settings: readonly KernelSetting[]
  /** Whether this process may change them. */
  mayApply: boolean
  /** Whether our changes are in place, so that they can be taken back. */
  isApplied: boolean
  applyCommand: string
  revertCommand: string
}>
