import { existsSync, globSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError, type CommandLog } from './logged-command.ts'
import { osRelease } from './places.ts'

/**
 * Unpacks the distribution's source of libsrtp 2 into `target`, to be linked with OpenSSL: its binary
 * package uses NSS, which ciphers two to five times slower. The archive is the one that this machine's
 * apt uses already; the lists and settings made for it lie in `scratch`.
 */
export async function fetchLibsrtp(
  scratch: string,
  target: string,
  log: CommandLog,
): Promise<void> {
  const apt = join(scratch, 'apt')
  const folders = ['lists/partial', 'cache/archives/partial', 'source'].map((name) =>
    join(apt, name),
  )
  for (const folder of [...folders, target]) await mkdir(folder, { recursive: true })
  await writeFile(join(apt, 'sources.list'), await sourceLine(log))
  const settings = [
    `Dir::Etc::sourcelist=${apt}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${apt}/lists`,
    `Dir::Cache=${apt}/cache`,
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting])
  const cwd = join(apt, 'source')
  await log.run('apt-get', ['-q', ...settings, 'update'], { cwd })
  await log.run('apt-get', ['-q', ...settings, 'source', '--download-only', 'libsrtp2'], { cwd })
  const [archive] = globSync('libsrtp2_*.orig.tar.*', { cwd })
  if (archive === undefined) throw new CommandError('apt-get brought no source archive of libsrtp2')
  await log.run('tar', ['xf', archive, '-C', target, '--strip-components=1'], { cwd })
}

async function sourceLine(log: CommandLog): Promise<string> {
  const { ID = 'debian', VERSION_CODENAME: codename = '' } = osRelease()
  const format = '$(REPO_URI) $(CODENAME) $(COMPONENT)'
  const targets = await log.run('apt-get', [
    'indextargets',
    '--format',
    format,
    'Created-By: Packages',
  ])
  const component = /^(\S+) (\S+) main$/gm
  const found = [...targets.matchAll(component)].find(([, , name]) => name === codename)
  if (!found) throw new CommandError(`apt has no source for ${ID} ${codename} main on this machine`)
  const keyring = `/usr/share/keyrings/${ID}-archive-keyring.gpg`
  const trust = existsSync(keyring) ? `[signed-by=${keyring}] ` : ''
  return `deb-src ${trust}${found[1]} ${codename} main\n`
}
