import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ApplianceError } from '../../errors.ts'
import { readText } from '../../lifecycle/files.ts'
import { putBack, replaceFile } from './files.ts'
import { type RunCommand, wordsOf } from './run-command.ts'

/** Where the console keeps its time servers (timesyncd.conf(5)). */
const FILE = 'etc/systemd/timesyncd.conf.d/90-callbox.conf'

const UNIT = 'systemd-timesyncd.service'

/** Writes the file with time servers. */
export function encodeTimeServers(servers: readonly string[]): string {
  return `# Written by the console (callbox console).\n[Time]\nNTP=${servers.join(' ')}\n`
}

/** The time servers that the console has set; none where the system's own are used. */
export async function readTimeServers(root: string): Promise<readonly string[]> {
  const text = (await readText(join(root, FILE))) ?? ''
  const [, list = ''] = /^NTP=(.*)$/m.exec(text) ?? []
  return list.split(' ').filter((server) => server !== '')
}

/** Sets the time servers, none for the system's own, and asks them. Throws TIME_SERVERS_NOT_SET. */
export async function changeTimeServers(
  servers: readonly string[],
  { root, run }: Readonly<{ root: string; run: RunCommand }>,
): Promise<void> {
  if (!existsSync(join(root, 'lib/systemd/systemd-timesyncd'))) {
    throw refusal('systemd-timesyncd is not installed here', 'Set the servers in its place.')
  }
  const file = join(root, FILE)
  const before = await readText(file)
  if (servers.length === 0) await putBack(file, undefined)
  else await replaceFile(file, encodeTimeServers(servers))
  for (const args of [
    ['enable', UNIT],
    ['restart', UNIT],
  ]) {
    const ran = await run('systemctl', args)
    if (ran.status === 0) continue
    await putBack(file, before)
    throw refusal(`systemctl ${args.join(' ')}: ${wordsOf(ran)}`, 'The servers of before are back.')
  }
}

function refusal(why: string, fix: string): ApplianceError {
  return new ApplianceError('TIME_SERVERS_NOT_SET', `The time servers are not set: ${why}.`, fix)
}
