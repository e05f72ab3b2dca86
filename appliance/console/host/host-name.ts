import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ApplianceError } from '../../errors.ts'
import { readText } from '../../lifecycle/files.ts'
import { replaceFile } from './files.ts'
import { type RunCommand, wordsOf } from './run-command.ts'

/** The address of the machine's own name, where it has no other (hosts(5) of Debian). */
const OWN_ADDRESS = '127.0.1.1'

/** Writes a list of hosts in which the machine's own name is this one. */
export function withOwnName(hosts: string, name: string): string {
  const [short = name] = name.split('.')
  const own = `${OWN_ADDRESS}\t${name}${short === name ? '' : ` ${short}`}`
  const pattern = /^127\.0\.1\.1\s.*$/m
  if (pattern.test(hosts)) return hosts.replace(pattern, own)
  return `${hosts}${hosts === '' || hosts.endsWith('\n') ? '' : '\n'}${own}\n`
}

/** The name that the machine is given at each start; the kernel's own where there is none. */
export async function readHostName(root: string): Promise<string> {
  const text = (await readText(join(root, 'etc/hostname'))) ?? ''
  const names = text.split('\n').map((row) => row.trim())
  return names.find((name) => name !== '' && !name.startsWith('#')) ?? hostname()
}

/** Names the machine, now and for each start to come. Throws HOST_NAME_NOT_SET. */
export async function changeHostName(
  name: string,
  { root, run }: Readonly<{ root: string; run: RunCommand }>,
): Promise<void> {
  // The console's own service may not name the machine; the one behind hostnamectl does it.
  const hasSystemd = existsSync(join(root, 'run/systemd/system'))
  const ran = hasSystemd
    ? await run('hostnamectl', ['hostname', name])
    : await run('hostname', [name])
  if (ran.status !== 0) {
    throw new ApplianceError(
      'HOST_NAME_NOT_SET',
      `This machine did not take the host name ${name}: ${wordsOf(ran)}`,
      'Run the console as root, on the machine itself rather than in a container.',
    )
  }
  if (!hasSystemd) await replaceFile(join(root, 'etc/hostname'), `${name}\n`)
  const hosts = join(root, 'etc/hosts')
  await replaceFile(hosts, withOwnName((await readText(hosts)) ?? '', name))
}
