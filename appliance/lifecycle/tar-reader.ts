import { once } from 'node:events'
import { pipeline, type Readable, type Transform } from 'node:stream'
import { Parser, type ReadEntry } from 'tar'

/** An entry as it is read; its bytes have to be taken before the next one comes. */
export type TarEntry = Readonly<{
  path: string
  type: string
  size: number
  mode: number
  linkTarget: string | undefined
  bytes: AsyncIterable<Uint8Array>
}>

const MAX_NAME_BYTES = 64 * 1024

/** Says what is wrong with the path of an entry, as the rest of a sentence; `undefined` for a good one. */
export function checkedPath(path: string): string | undefined {
  if (path === '' || path.length > 1024) return 'has no path, or one that is too long'
  if (path.startsWith('/')) return 'has an absolute path'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return 'has a path with control characters'
  const parts = path.split('/')
  if (parts.some((part) => part === '..')) return 'leads out of its folder'
  return parts.some((part) => part === '' || part === '.')
    ? 'has a path that is not plain'
    : undefined
}

/**
 * Reads an uncompressed archive entry by entry, in order. Rejects with what `take` throws, or with the parser's
 * complaint about an archive that is damaged, cut short, or has entries of unknown kinds.
 */
export async function readTar(
  archive: AsyncIterable<Uint8Array>,
  take: (entry: TarEntry) => Promise<void>,
): Promise<void> {
  const parser = new Parser({ strict: true, maxMetaEntrySize: MAX_NAME_BYTES })
  let fail: (reason: unknown) => void = () => {}
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  failed.catch(() => undefined)
  let taken = Promise.resolve()
  parser.on('error', fail)
  parser.on('ignoredEntry', (entry: ReadEntry) => {
    fail(new Error(`an entry of a kind that cannot be used (${entry.type})`))
  })
  parser.on('entry', (entry: ReadEntry) => {
    // The next entry may come while the last bytes of this one are still dealt with.
    taken = taken.then(() => take(toEntry(entry))).then(() => void entry.resume())
    taken.catch(fail)
  })
  const feed = async () => {
    for await (const chunk of archive) {
      if (!parser.write(chunk)) await Promise.race([once(parser, 'drain'), failed])
    }
    const ended = once(parser, 'end')
    parser.end()
    await ended
    await taken
  }
  await Promise.race([feed(), failed])
}

/** Sends a stream through another one; what fails in the first fails in the second. */
export function through(stream: Readable, transform: Transform): Transform {
  return pipeline(stream, transform, (error) => {
    if (error != null) transform.destroy(error)
  })
}

function toEntry(entry: ReadEntry): TarEntry {
  return {
    path: entry.path.replace(/\/$/, ''),
    type: entry.type,
    size: entry.size,
    mode: entry.mode ?? 0,
    linkTarget: entry.linkpath,
    bytes: entry,
  }
}
