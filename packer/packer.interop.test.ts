import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { needs } from '../scripts/test-needs.ts'

const skipSeed = needs('ssh-keygen')
const skip = skipSeed || needs('packer')
const template = join(import.meta.dirname, 'callbox.pkr.hcl')
const folder = mkdtempSync(join(tmpdir(), 'callbox-packer-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const values: Readonly<Record<string, string>> = {
  source_image: given('source.qcow2'),
  source_checksum: 'none',
  bundle: given('callbox.tar.zst'),
  seed: join(folder, 'seed'),
  output: join(folder, 'out'),
}
if (!skipSeed) makeSeed(join(folder, 'seed'))

t.test('Packer takes the template with its four values', { skip }, async (t) => {
  t.match(validate(values), { status: 0 })
  t.match(validate({ ...values, accelerator: 'tcg' }), { status: 0 })
})

t.test('Packer asks for each value that has no default', { skip }, async (t) => {
  for (const name of ['source_image', 'source_checksum', 'bundle', 'seed']) {
    const { [name]: _, ...others } = values
    t.match(validate(others), { status: 1, output: `Unset variable "${name}"` }, name)
  }
})

t.test('Packer refuses what cannot be', { skip }, async (t) => {
  const refused = (changes: Readonly<Record<string, string>>) => validate({ ...values, ...changes })
  t.match(refused({ accelerator: 'magic' }), { status: 1, output: /accelerator is kvm or tcg/ })
  t.match(refused({ bundle: join(folder, 'none') }), { status: 1, output: /Bad source/ })
  const odd = join(folder, 'odd.pkr.hcl')
  writeFileSync(odd, readFileSync(template, 'utf8').replace('cd_label', 'cd_lable'))
  t.match(validate(values, odd), { status: 1, output: /cd_lable/ })
})

t.test('a build runs the installer and the finish of every other image', async (t) => {
  const text = readFileSync(template, 'utf8')
  const build = readFileSync(join(import.meta.dirname, 'build-image.sh'), 'utf8')
  const installer = 'scripts/install.sh --image --firewall --console'
  for (const step of [installer, 'finish-image.sh']) {
    t.match(text, step)
    t.match(build, step)
  }
})

t.test('makes a seed with a key of its own for root', { skip: skipSeed }, async (t) => {
  const seed = join(folder, 'a seed')
  t.match(makeSeed(seed), { status: 0, stderr: '' })
  const key = readFileSync(join(seed, 'key.pub'), 'utf8').trim()
  const userData = readFileSync(join(seed, 'user-data'), 'utf8')
  t.match(userData, /^#cloud-config\n/)
  t.same(parse(userData), {
    disable_root: false,
    ssh_pwauth: false,
    users: [],
    ssh_authorized_keys: [key],
    runcmd: ['nft delete table inet callbox || true'],
  })
  t.match(parse(readFileSync(join(seed, 'meta-data'), 'utf8')), { 'instance-id': /^packer-\d+$/ })
  t.equal(statSync(join(seed, 'key')).mode & 0o777, 0o600)
  t.match(makeSeed(seed), { status: 0 }, 'and another one the next time')
  t.not(readFileSync(join(seed, 'key.pub'), 'utf8').trim(), key)
})

function makeSeed(to: string) {
  return spawnSync(join(import.meta.dirname, 'seed.sh'), [to], { encoding: 'utf8' })
}

function given(name: string): string {
  const path = join(folder, name)
  writeFileSync(path, '')
  return path
}

function validate(variables: Readonly<Record<string, string>>, file = template) {
  const set = Object.entries(variables).flatMap(([name, value]) => ['-var', `${name}=${value}`])
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', PACKER_NO_COLOR: '1' }
  const run = spawnSync('packer', ['validate', ...set, file], { encoding: 'utf8', env })
  return { status: run.status, output: `${run.stdout}${run.stderr}` }
}
