import type { Addressing } from './addressing.ts'

/** The subjects that have a form. */
export type FormName = 'hostName' | 'network' | 'publicAddress' | 'timeServers' | 'factoryReset'

/** One question of a form. A choice takes one of its `choices`, anything else a text. */
export type Field = Readonly<{
  name: string
  label: string
  value: string
  hint: string
  choices?: readonly string[]
  /** Shown only while the field `mode` has this value. */
  onlyInMode?: string
}>

/** Questions on one screen. `subject` is what they are about, such as an interface. */
export type Form = Readonly<{
  name: FormName
  title: string
  about: readonly string[]
  subject: string
  fields: readonly Field[]
}>

/** What the console asks the machine to do. */
export type Action =
  | Readonly<{ type: 'open'; form: FormName; subject?: string }>
  | Readonly<{ type: 'setHostName'; name: string }>
  | Readonly<{ type: 'tryNetwork'; addressing: Addressing }>
  | Readonly<{ type: 'keepNetwork' | 'revertNetwork'; interface: string }>
  | Readonly<{ type: 'setPublicAddress'; address: string }>
  | Readonly<{ type: 'setTimeServers'; servers: readonly string[] }>
  | Readonly<{ type: 'showDiagnostics' | 'showLogs' | 'makeSupportBundle' }>
  | Readonly<{ type: 'factoryReset' | 'reboot' | 'powerOff' }>

/** A network change that is taken back unless somebody keeps it. `deadlineMs` is by the clock of the ticks. */
export type Trial = Readonly<{ interface: string; deadlineMs: number }>

/** How an action ended. */
export type Outcome =
  | Readonly<{ type: 'form'; form: Form }>
  | Readonly<{ type: 'choice'; form: FormName; title: string; subjects: readonly string[] }>
  | Readonly<{ type: 'text'; title: string; lines: readonly string[] }>
  | Readonly<{ type: 'said'; good: boolean; title: string; text: string }>
  | Readonly<{ type: 'trial'; trial: Trial }>

/** What is written while an action runs. */
export function describeAction(action: Action): string {
  switch (action.type) {
    case 'open':
      return 'Looking at what is set'
    case 'setHostName':
      return `Naming this machine ${action.name}`
    case 'tryNetwork':
      return `Setting the addresses of ${action.addressing.interface}`
    case 'keepNetwork':
      return 'Keeping the new addresses'
    case 'revertNetwork':
      return 'Going back to the addresses of before'
    case 'setPublicAddress':
      return 'Checking the configuration and restarting Callbox'
    case 'setTimeServers':
      return 'Setting the time servers'
    case 'showDiagnostics':
      return 'Looking at machine, configuration and ports'
    case 'showLogs':
      return 'Reading the log'
    case 'makeSupportBundle':
      return 'Collecting a support bundle'
    case 'factoryReset':
      return 'Resetting Callbox'
    case 'reboot':
      return 'Restarting the machine'
    case 'powerOff':
      return 'Switching the machine off'
  }
}
