import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { loadConfig } from '../../config/load.ts'
import { EMPTY_LAYER } from '../../config/settings-layer.ts'
import { ApplianceError } from '../../errors.ts'
import { readText } from '../../lifecycle/files.ts'
import { placesOf } from '../../lifecycle/places.ts'
import { putBack, replaceFile } from './files.ts'
import { type RunCommand, wordsOf } from './run-command.ts'

/** Starting takes a few seconds; a media worker that does not come up is given up after a minute or so. */
const RESTART_WITHIN_MS = 150_000

/** Sets an option in the text of a configuration; comments, order and everything else stay. */
export function withPublicAddress(text: string, address: string): string {
  const document = parseDocument(text)
  document.set('public_address', address)
  return document.toString({ lineWidth: 0 })
}

/** The public address that the text of a configuration sets; empty for `auto`. */
export function publicAddressIn(text: string): string {
  const given: unknown = parseDocument(text).get('public_address')
  return typeof given === 'string' && given !== 'auto' ? given : ''
}

/** What the change is made with. `root` is `/` but in tests. */
type ChangeOptions = Readonly<{ root: string; file: string; run: RunCommand }>

/**
 * Sets the public address in the configuration, after the check that a start makes, and restarts the
 * service; a service that does not come up gets the configuration of before. Answers what to say.
 * Throws what is wrong with the configuration, or CONFIG_NOT_TAKEN.
 */
export async function changePublicAddress(
  address: string,
  { root, file, run }: ChangeOptions,
): Promise<string> {
  const before = await readText(file)
  // An unsound file is refused as it is: what is wrong with it is not the address.
  if (before !== undefined) await loadConfig({ config: file, env: {}, layer: EMPTY_LAYER })
  await requireOwn(file, placesOf(root).dataDir)
  const text = withPublicAddress(before ?? '', address)
  await check(file, text)
  await replaceFile(file, text, 0o640)
  if (!existsSync(join(root, 'run/systemd/system'))) return 'Saved. Restart Callbox to use it.'
  const restart = () =>
    run('systemctl', ['restart', 'callbox.service'], { timeoutMs: RESTART_WITHIN_MS })
  const ran = await restart()
  if (ran.status === 0) return 'Saved, and Callbox runs with it.'
  await putBack(file, before)
  await restart()
  throw new ApplianceError(
    'CONFIG_NOT_TAKEN',
    `Callbox did not start with public_address ${address}: ${wordsOf(ran)}`,
    'The configuration of before is back; the log says more.',
  )
}

/** What the admin page sets goes before the file: changing the file would do nothing. */
async function requireOwn(file: string, dataDir: string): Promise<void> {
  const config = existsSync(file) ? file : undefined
  const { originOf } = await loadConfig({ config, dataDir, env: {} })
  if (originOf('public_address') !== 'page') return
  throw new ApplianceError(
    'CONFIG_NOT_TAKEN',
    'The admin page sets public_address, and that goes before the configuration file.',
    'Change it there, under Settings; or take it back there, and change it here.',
  )
}

/** Loads a copy of the configuration as a start does. */
async function check(file: string, text: string): Promise<void> {
  const copy = `${file}.check`
  await replaceFile(copy, text, 0o600)
  try {
    await loadConfig({ config: copy, env: {}, layer: EMPTY_LAYER })
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error
    throw new ApplianceError(error.code, error.message.replaceAll(copy, file), error.fix, error)
  } finally {
    await rm(copy, { force: true })
  }
}
