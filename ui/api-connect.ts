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

/** `POST /api/admin/connect/livekit-keys` and `…/:key/reveal`: shown once, never kept by the page. */
export type LivekitSecret = Readonly<{ key: string; secret: string }>

/** `POST /api/admin/connect/trial`: what a browser tries a call with, good for two minutes. */
export type ConnectTrial = Readonly<{ livekitUrl: string; token: string }>

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
  /** Whether this process may change them, and why not. */
  mayApply: boolean
  obstacle: string | undefined
  /** Whether our changes are in place, so that they can be taken back. */
  isApplied: boolean
  /** Where they are kept for the next boot. */
  file: string
  applyCommand: string
  revertCommand: string
  /** What no setting can do: cards, open files. */
  notes: readonly Readonly<{ message: string; fix: string }>[]
}>

/** `POST /api/admin/kernel/apply` and `…/revert`: what was done, and the settings read again. */
export type KernelChanged = Readonly<{ message: string; details: KernelDetails }>
