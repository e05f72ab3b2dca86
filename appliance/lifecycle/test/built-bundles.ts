import { execFile } from 'node:child_process'
import { appendFile, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')

/** A release that was built from this tree: its id, and its folder. */
export type Built = Readonly<{ id: string; folder: string }>

/** Builds a release of this tree below a folder, which is then `<folder>/first`. */
export async function buildRelease(folder: string): Promise<Built> {
  const build = join(root, 'scripts/release/build.ts')
  const { stdout } = await run(process.execPath, [build, '--no-archive', '--out', folder])
  const first = join(folder, 'first')
  await rename(stdout.trim(), first)
  return { id: JSON.parse(await readFile(join(first, 'release.json'), 'utf8')).id, folder: first }
}

/** Packs a later version of a release as its bundle `<folder>/<name>.tar.zst`; `change` works on its tree first. Answers its id. */
export async function packLater(
  { folder: from }: Built,
  name: string,
  to: Readonly<{ version: string; change?: (tree: string) => Promise<void> }>,
): Promise<string> {
  const folder = join(from, '..')
  const id = `${to.version}-0000000f`
  const tree = join(folder, name, `callbox-${id}`)
  await mkdir(join(folder, name))
  await cp(from, tree, { recursive: true, verbatimSymlinks: true })
  const facts = JSON.parse(await readFile(join(tree, 'release.json'), 'utf8'))
  await writeFile(join(tree, 'release.json'), JSON.stringify({ ...facts, id, version: to.version }))
  await to.change?.(tree)
  const archive = join(folder, `${name}.tar.zst`)
  await run('tar', [
    '-I',
    'zstd -3 -T0 -q',
    '-cf',
    archive,
    '-C',
    join(folder, name),
    `callbox-${id}`,
  ])
  await rm(join(folder, name), { recursive: true })
  return id
}

/** Breaks a release so that its commands work and its start fails. */
export async function breakStart(tree: string): Promise<void> {
  await appendFile(
    join(tree, 'appliance/appliance.ts'),
    "\nthrow new Error('this one is broken')\n",
  )
}

/** Breaks a release so that it starts, and never says that it is ready. */
export async function breakReadiness(tree: string): Promise<void> {
  const file = join(tree, 'ui/server/routes/health.ts')
  const services = "[{ name: 'relay', ok: false, detail: 'this one is broken' }]"
  const text = await readFile(file, 'utf8')
  await writeFile(
    file,
    text.replace('ctx.body = readiness', `ctx.body = { ready: false, services: ${services} }`),
  )
}
