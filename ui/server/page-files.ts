import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/** A built file, ready to send. `brotli` and `gzipped` are absent where they would save nothing. */
export type PageFile = Readonly<{
  type: string
  etag: string
  bytes: Buffer
  brotli?: Buffer
  gzipped?: Buffer
}>

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

const MIN_BYTES_TO_COMPRESS = 1024

/**
 * Reads the built files of one folder and keeps them compressed in memory. A name is one plain
 * segment with a known ending, so no request can leave the folder. A rebuilt file is read anew.
 */
export class PageFiles {
  readonly #folder: string
  readonly #kept = new Map<string, { stamp: string; file: PageFile }>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The file of that name, `undefined` when there is none. */
  async find(name: string): Promise<PageFile | undefined> {
    const type = /^\w[\w.-]*$/.test(name) ? TYPES[extname(name)] : undefined
    if (type === undefined) return undefined
    const path = join(this.#folder, name)
    const stamp = await stampOf(path)
    if (stamp === undefined) return undefined
    const kept = this.#kept.get(name)
    if (kept?.stamp === stamp) return kept.file
    const file = await prepare(await readFile(path), type)
    this.#kept.set(name, { stamp, file })
    return file
  }
}

async function stampOf(path: string): Promise<string | undefined> {
  try {
    const facts = await stat(path)
    return facts.isFile() ? `${facts.mtimeMs}-${facts.size}` : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function prepare(bytes: Buffer, type: string): Promise<PageFile> {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
  if (bytes.length < MIN_BYTES_TO_COMPRESS || type.startsWith('image/png')) {
    return { type, etag, bytes }
  }
  const [brotli, gzipped] = await Promise.all([
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
    promisify(gzip)(bytes, { level: 9 }),
  ])
  return { type, etag, bytes, brotli, gzipped }
}
