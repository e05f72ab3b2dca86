import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { Header } from 'tar'

/** One entry of an archive that no honest program would write. */
export type RawEntry = Readonly<{
  path: string
  text?: string
  /** Tar's letter for what it is: 0 a file, 1 a hard link, 2 a link, 3 a device, 5 a folder. */
  type?: '0' | '1' | '2' | '3' | '5' | '6'
  linkpath?: string
  mode?: number
}>

/** Writes an archive entry by entry, whatever is in it. */
export function rawTar(entries: readonly RawEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, text = '', type = '0', linkpath = '', mode = 0o644 }) => {
    const header = Buffer.alloc(512)
    const types = {
      0: 'File',
      1: 'Link',
      2: 'SymbolicLink',
      3: 'CharacterDevice',
      5: 'Directory',
      6: 'FIFO',
    } as const
    const size = Buffer.byteLength(text)
    new Header({ path, size, type: types[type], linkpath, mode }).encode(header, 0)
    return [header, Buffer.from(text), Buffer.alloc((512 - (size % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

/** The same, as the file of a backup. */
export function rawBackup(entries: readonly RawEntry[]): Readable {
  return Readable.from([gzipSync(rawTar(entries))], { objectMode: false })
}

/** A manifest that names files with their true sizes and hashes. */
export function manifestFor(
  files: Readonly<Record<string, string>>,
  changes: object = {},
): RawEntry {
  const named = Object.entries(files).map(([path, text]) => ({
    path,
    size: Buffer.byteLength(text),
    mode: 0o600,
    sha256: createHash('sha256').update(text).digest('hex'),
  }))
  const manifest = {
    format: 1,
    version: '0.1.0',
    createdAt: '2026-11-27T12:00:00.000Z',
    hostName: 'calls-1',
    files: named,
    ...changes,
  }
  return { path: 'manifest.json', text: JSON.stringify(manifest) }
}
