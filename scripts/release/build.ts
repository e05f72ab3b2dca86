import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { readVersions } from '../../appliance/version.ts'
import { buildWebIfStale } from '../build-web-if-stale.ts'
import { ensureWorker } from '../mediasoup-worker/ensure.ts'
import { contentHash, normalise, stageTree } from './stage.ts'

const root = join(import.meta.dirname, '../..')
const say = (line: string) => process.stderr.write(`${line}\n`)

const HELP = `npm run release [-- options]: makes the release bundle that scripts/install.sh and callbox update take

Options
  --out DIR      where to put it (else dist/release)
  --no-archive   leave the folder only, make no .tar.zst
  --sign KEY     sign the archive with this minisign secret key (Debian package minisign)
  --help         show this

Prints the path of the bundle's folder. The same commit on the same machine gives the same bundle.
`

/** Builds the bundle; answers the path of its folder. */
async function buildRelease(out: string): Promise<string> {
  const worker = await ensureWorker({ say })
  await buildWebIfStale(root, say)
  mkdirSync(out, { recursive: true })
  const stage = mkdtempSync(join(out, '.stage-'))
  try {
    say('Collecting what an installed host runs …')
    stageTree(root, stage, worker)
    const committed = commitSeconds()
    normalise(stage, committed)
    const { callbox: version, node } = readVersions()
    const id = `${version}-${contentHash(stage)}`
    const builtAt = new Date(committed * 1000).toISOString()
    const facts = { id, version, builtAt, node, arch: process.arch }
    await writeFile(join(stage, 'release.json'), `${JSON.stringify(facts, null, 2)}\n`)
    normalise(stage, committed)
    const folder = join(out, `callbox-${id}`)
    rmSync(folder, { recursive: true, force: true })
    renameSync(stage, folder)
    return folder
  } catch (error) {
    rmSync(stage, { recursive: true, force: true })
    throw error
  }
}

/** When the newest commit was made: the one time that all builds of it share. */
function commitSeconds(): number {
  const given = process.env['SOURCE_DATE_EPOCH']
  if (given) return Number(given)
  const args = ['log', '-1', '--format=%ct']
  return Number(execFileSync('git', args, { cwd: root, encoding: 'utf8' }))
}

/** Packs the folder beside itself, with its hash; answers the archive's path. */
async function pack(folder: string): Promise<string> {
  const archive = `${folder}-linux-${process.arch}.tar.zst`
  const started = Date.now()
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--sort=name', '--format=gnu']
  execFileSync('tar', [...owner, '-I', 'zstd -12 -T0 -q', '-cf', archive, basename(folder)], {
    cwd: join(folder, '..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const hash = createHash('sha256')
  await pipeline(createReadStream(archive), hash)
  await writeFile(`${archive}.sha256`, `${hash.digest('hex')}  ${basename(archive)}\n`)
  const size = Math.round(statSync(archive).size / 2 ** 20)
  say(`Packed ${basename(archive)}: ${size} MiB in ${Math.round((Date.now() - started) / 1000)} s`)
  return archive
}

function sign(archive: string, key: string): void {
  execFileSync('minisign', ['-S', '-s', key, '-m', archive], { stdio: ['inherit', 2, 'inherit'] })
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'dist/release') },
    'no-archive': { type: 'boolean', default: false },
    sign: { type: 'string' },
    help: { type: 'boolean', default: false, short: 'h' },
  },
})
if (values.help) process.stdout.write(HELP)
else if (values.sign !== undefined && values['no-archive']) {
  say('--sign signs the archive, and --no-archive makes none: leave one of them away.')
  process.exitCode = 2
} else {
  const folder = await buildRelease(resolve(values.out))
  if (!values['no-archive']) {
    const archive = await pack(folder)
    if (values.sign !== undefined) sign(archive, values.sign)
  }
  process.stdout.write(`${folder}\n`)
}
