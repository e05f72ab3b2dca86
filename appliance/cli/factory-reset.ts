import { confirm } from '../lifecycle/ask.ts'
import { type Reset, factoryReset as reset } from '../lifecycle/factory-reset.ts'
import { throughHangup } from '../lifecycle/hangup.ts'
import { type Host, requireRoot, thisHost } from '../lifecycle/host.ts'
import { placesOf, requireInstalled } from '../lifecycle/places.ts'
import { type Command, type Given, jsonOption } from './command.ts'
import { type CliIo, writeJson } from './io.ts'

const READY_LIMIT_MS = 120_000

/** `callbox factory-reset`: the appliance as it was when it was installed. */
export const factoryReset: Command = createFactoryReset(thisHost())

/** Makes the command for a host; tests have one in a folder. */
export function createFactoryReset(host: Host): Command {
  return {
    name: 'factory-reset',
    summary: 'remove configuration, secrets and data, and start as after the installation',
    details:
      'Asks for the host name first. Gone are: secrets, admin password, certificates, data, config.yaml, backups of updates\n' +
      'and restores. Stays: releases, update keys, network, host name, users, SSH as it is open, kernel settings. In the VM\n' +
      'image the host gets new SSH host keys. Chat servers need the new secrets then. Keep a backup: callbox backup',
    options: [{ name: 'yes', help: 'do not ask whether it is meant' }, jsonOption],
    run: (given, io) => runReset(host, given, io),
  }
}

async function runReset(host: Host, given: Given, io: CliIo): Promise<number> {
  requireRoot(host, 'factory-reset')
  await requireInstalled(placesOf(host.root), 'factory-reset')
  await confirm(host.ask, {
    yes: given.flag('yes'),
    question: `All configuration, secrets and data of ${host.name} go. Type the host name to go on: `,
    expected: host.name,
  })
  const json = given.flag('json')
  const step = (text: string) => (json ? io.err : io.out)(`· ${text}\n`)
  const outcome = await throughHangup(() => reset(host, { step, limitMs: READY_LIMIT_MS }))
  const ok = outcome.ready?.ok !== false
  if (json) writeJson(io, { ok, setupLink: outcome.setupLink ?? null })
  else io.out(describe(outcome))
  return ok ? 0 : 1
}

function describe({ setupLink, ready }: Reset): string {
  if (ready === undefined)
    return 'It is as after the installation. Start it: it prints a set-up link.\n'
  if (!ready.ok)
    return `It is as after the installation, and not ready: ${ready.why}. See journalctl -u callbox.\n`
  const link = setupLink ?? 'journalctl -u callbox shows it'
  return `It is as after the installation, and ready. Set the admin password: ${link}\n`
}
