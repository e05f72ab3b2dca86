import type { Action } from './actions.ts'

/** One line of the menu. `asks` is the question that comes before it is done. */
export type MenuItem = Readonly<{
  letter: string
  label: string
  help: string
  action: Action
  asks?: string
}>

/** What the console can change or show, in the order of the menu. */
export const menuItems: readonly MenuItem[] = [
  {
    letter: 'n',
    label: 'Network',
    help: 'Automatic or fixed addresses, gateway and name servers of an interface.',
    action: { type: 'open', form: 'network' },
  },
  {
    letter: 'p',
    label: 'Public address',
    help: 'The address that people outside use, if this machine is behind a NAT.',
    action: { type: 'open', form: 'publicAddress' },
  },
  {
    letter: 'h',
    label: 'Host name',
    help: 'What this machine is called.',
    action: { type: 'open', form: 'hostName' },
  },
  {
    letter: 't',
    label: 'Time servers',
    help: 'Passwords for the relay expire by the clock: it has to be right.',
    action: { type: 'open', form: 'timeServers' },
  },
  {
    letter: 'd',
    label: 'Diagnostics',
    help: 'Checks machine, configuration and ports, and says what to repair.',
    action: { type: 'showDiagnostics' },
  },
  {
    letter: 'l',
    label: 'Log',
    help: 'What Callbox wrote last, without secrets.',
    action: { type: 'showLogs' },
  },
  {
    letter: 's',
    label: 'Support bundle',
    help: 'A file for a bug report, without secrets; fetch it over SSH.',
    action: { type: 'makeSupportBundle' },
  },
  {
    letter: 'f',
    label: 'Factory reset',
    help: 'Removes all settings, passwords and secrets of Callbox.',
    action: { type: 'open', form: 'factoryReset' },
  },
  {
    letter: 'r',
    label: 'Reboot',
    help: 'Restarts the machine. People in calls are told.',
    action: { type: 'reboot' },
    asks: 'Restart the machine? Calls end.',
  },
  {
    letter: 'o',
    label: 'Power off',
    help: 'Switches the machine off.',
    action: { type: 'powerOff' },
    asks: 'Switch the machine off? Calls end.',
  },
]
