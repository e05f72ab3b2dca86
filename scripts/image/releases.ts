import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** A release bundle made from another. */
export type OtherRelease = Readonly<{ id: string; archive: string; sha256: string }>

/** Copies a bundle, changes a file of it, gives it an id of its own and packs it. */
export function deriveRelease(
  bundle: string,
  folder: string,
  { suffix, file, change }: { suffix: string; file: string; change: (text: string) => string },
): OtherRelease {
  const facts = JSON.parse(readFileSync(join(bundle, 'release.json'), 'utf8'))
  const id = `${facts.version}-${suffix}`
  const tree = join(folder, `callbox-${id}`)
  cpSync(bundle, tree, { recursive: true, verbatimSymlinks: true })
  const changed = join(tree, file)
  const before = readFileSync(changed, 'utf8')
  const after = change(before)
  if (after === before) throw new Error(`nothing of ${file} was changed`)
  // The file may share its inode with the bundle's.
  writeFileSync(`${changed}.new`, after)
  renameSync(`${changed}.new`, changed)
  writeFileSync(join(tree, 'release.json'), `${JSON.stringify({ ...facts, id }, null, 2)}\n`)
  const archive = `${tree}-linux-x64.tar.zst`
  execFileSync('tar', ['-I', 'zstd -3 -T0 -q', '-cf', archive, basename(tree)], {
    cwd: dirname(tree),
  })
  const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex')
  return { id, archive, sha256 }
}
