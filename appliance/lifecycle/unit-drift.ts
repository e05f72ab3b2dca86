import { join } from 'node:path'
import { namesIn, readText } from './files.ts'

/**
 * Lists the units, and the command, that a release brings and that are not installed like that. An update leaves them as
 * they are: they belong to the installer, and to both releases while either may run.
 */
export async function unitDrift(root: string, release: string): Promise<readonly string[]> {
  const install = join(release, 'scripts/install')
  const files = (await namesIn(join(install, 'units'))).map((name) => ({
    name,
    brought: join(install, 'units', name),
    installed: join(root, '/etc/systemd/system', name),
  }))
  const command = {
    name: 'callbox',
    brought: join(install, 'callbox.sh'),
    installed: join(root, '/usr/local/bin/callbox'),
  }
  const differing: string[] = []
  for (const { name, brought, installed } of [...files, command]) {
    const [wanted, present] = await Promise.all([readText(brought), readText(installed)])
    if (wanted !== undefined && wanted !== present) differing.push(name)
  }
  return differing
}
