import { execFileSync } from 'node:child_process'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadSecrets } from '../data-dir.ts'
import type { RunProgram } from '../lifecycle/support/programs.ts'
import { callCommand } from '../lifecycle/test/call-command.ts'
import { createFakeHost } from '../lifecycle/test/fake-host.ts'
import { createSupport } from './support.ts'

const planted = {
  configured: 'configured-static-secret',
  previous: 'previous-static-secret',
  user: 'password-of-a-static-user',
  livekit: 'livekit-secret-that-is-long-enough-for-it',
  environment: 'rtcd-key-of-the-environment',
  page: 'secret-that-the-page-saved-last',
  earlier: 'secret-that-the-page-saved-before',
  hash: 'c2NyeXB0LWhhc2gtb2YtdGhlLWFkbWlu',
  account: 'private-part-of-the-acme-account',
  forgotten: 'a-secret-of-before-the-factory-reset',
  code: 'code-of-the-set-up-link',
  token: 'token-of-an-invitation',
}

/** What the appliance can know of itself. */
const { forgotten: _, code: __, token: ___, ...known } = planted

const config = `
turn:
  static_auth_secret: ${planted.configured}
  previous_secrets: [${planted.previous}]
  static_users: { ann: ${planted.user} }
livekit: { keys: { APIconfigured: ${planted.livekit} } }
`

/** A journal in which everything that is not for others was written down. */
function journal(): string {
  const { forgotten, code, token } = planted
  const lines = Object.values(known).flatMap((secret) => [
    `peer says ${secret}`,
    `GET /x?y=${encodeURIComponent(secret)}`,
    Buffer.from(secret).toString('base64'),
  ])
  return [
    ...lines,
    JSON.stringify({ msg: 'for LiveKit clients', key: 'API1', secret: forgotten }),
    JSON.stringify({ turnStaticAuthSecret: forgotten }),
    JSON.stringify({ link: `https://calls-1/admin/setup?code=${code}` }),
    JSON.stringify({ link: `https://calls-1/call/demo?token=${token}` }),
    'the line that is looked for',
  ].join('\n')
}

/** An appliance with every secret planted; programs of the host say what the test has them say. */
async function createAppliance(t: Test, run: RunProgram) {
  const made = await createFakeHost(t)
  const { host, places } = made
  await made.write('/etc/callbox/config.yaml', config)
  const { secrets } = await loadSecrets(places.dataDir)
  const page = (secret: string) => `turn: { static_auth_secret: ${secret} }`
  await made.write('/var/lib/callbox/settings.yaml', page(planted.page))
  await made.write(
    '/var/lib/callbox/settings-versions/1800000000000.yaml',
    `atMs: 1\nby: ann\nchanges: []\nsettings: { ${page(planted.earlier)} }`,
  )
  await made.write('/var/lib/callbox/admin.json', JSON.stringify({ hash: planted.hash }))
  await made.write('/var/lib/callbox/acme/account.json', JSON.stringify({ d: planted.account }))
  await made.write(
    '/run/callbox/start.json',
    JSON.stringify({
      version: '1.0.0',
      setupLink: `https://calls-1/admin/setup?code=${planted.code}`,
    }),
  )
  const env = {
    CALLBOX_CONFIG: places.config,
    CALLBOX_DATA_DIR: places.dataDir,
    CALLBOX_RTCD__ADMIN_SECRET_KEY: planted.environment,
  }
  const file = join(host.root, 's.tar.gz')
  return {
    ...made,
    secrets,
    file,
    env,
    run: (...args: string[]) => callCommand(createSupport(host, run), args, env),
  }
}

async function unpack(file: string, folder: string): Promise<string> {
  execFileSync('tar', ['-xzf', file, '-C', folder])
  const name = (await readdir(folder)).find((entry) => entry.startsWith('callbox-support-')) ?? ''
  return join(folder, name)
}

t.test('holds none of the secrets that were planted', async (t) => {
  const made = await createAppliance(t, async (command) =>
    command === 'journalctl' ? journal() : `${command} says ${JSON.stringify(known)}`,
  )
  const { secrets } = made
  const { code, out } = await made.run(made.file, '--json')
  t.equal(code, 0)
  t.match(JSON.parse(out), { file: made.file, missing: [/^readyz\.json/] })
  t.equal((await stat(made.file)).mode & 0o777, 0o600)
  const folder = await unpack(made.file, made.host.root)
  const all = [
    ...Object.values(planted),
    secrets.turnStaticAuthSecret,
    secrets.livekit.secret,
    secrets.adminApiToken,
    secrets.turnApiKey,
  ]
  const files = await readdir(folder)
  t.ok(files.length > 20, `${files.length} files`)
  for (const name of files) {
    const text = await readFile(join(folder, name), 'utf8')
    const found = all.filter(
      (secret) => text.includes(secret) || text.includes(Buffer.from(secret).toString('base64')),
    )
    t.same(found, [], name)
  }
  t.match(await readFile(join(folder, 'journal.txt'), 'utf8'), 'the line that is looked for')
  t.match(JSON.parse(await readFile(join(folder, 'doctor.json'), 'utf8')), { checks: [] })
  t.match(JSON.parse(await readFile(join(folder, 'version.json'), 'utf8')), { callbox: /^\d/ })
})

t.test('names what could not be collected, and why', async (t) => {
  const made = await createAppliance(t, async (command) => {
    throw new Error(`${command} is not here`)
  })
  await writeFile(join(made.places.dataDir, 'broken.json'), '{')
  const { out } = await made.run(made.file)
  t.match(out, /Could not be collected:.*journal\.txt: journalctl is not here/s)
  const folder = await unpack(made.file, made.host.root)
  t.match(await readFile(join(folder, 'missing.txt'), 'utf8'), /broken\.json.*firewall\.txt: nft/s)
})

t.test('helps with a configuration that cannot be used, too', async (t) => {
  const made = await createAppliance(t, async () => '')
  await made.write('/etc/callbox/config.yaml', `${config}\nturm: 1\n`)
  t.match(await made.run(made.file), { code: 0 })
  const folder = await unpack(made.file, made.host.root)
  const shown = await readFile(join(folder, 'config.json'), 'utf8')
  t.match(JSON.parse(shown), { error: { code: 'CONFIG_INVALID' } })
  t.notMatch(shown, planted.configured)
})

t.test('replaces a file only when it is told to', async (t) => {
  const made = await createAppliance(t, async () => '')
  await made.run(made.file)
  await t.rejects(made.run(made.file), { code: 'FILE_EXISTS' })
  t.match(await made.run(made.file, '--force'), { code: 0 })
})
