import { type Command, configOptions, loadGivenConfig } from './command.ts'

/** `callbox start`: runs the appliance in the foreground. */
export const start: Command = {
  name: 'start',
  summary: 'run the appliance in the foreground; Ctrl-C tells everyone in a call and stops',
  details:
    'Runs with defaults when nothing is configured. Every option of the configuration file is in docs/CONFIG.md; each can be set by environment, e.g. CALLBOX_TURN__PORT=3478.',
  options: configOptions,
  run: loadGivenConfig,
}
