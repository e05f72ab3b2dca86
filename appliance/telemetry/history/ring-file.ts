import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises'
import { systemErrorCode } from '../../errors.ts'
import type { Ring } from './ring.ts'

/** Told how the file does. */
export type RingFileEvents = Readonly<{
  /** A file that is there cannot be used, and another takes its place. */
  onStartedAnew: (why: string) => void
  /** Nothing can be written; `onWritten` follows when it can again. */
  onUnwritable: (error: unknown) => void
  onWritten: () => void
}>

type Part = Readonly<{ at: number; length: number }>

/** Keeps a ring in a file of fixed size, written in place, a row at a time. */
export class RingFile {
  readonly #path: string
  readonly #ring: Ring
  readonly #events: RingFileEvents
  /** By their place: a row that is put again before it was written is written once. */
  readonly #dirty = new Map<number, Part>()
  #handle: FileHandle | undefined
  #writing: Promise<void> | undefined
  #failed = false

  constructor(path: string, ring: Ring, events: RingFileEvents) {
    this.#path = path
    this.#ring = ring
    this.#events = events
  }

  /** Loads what the file has, or makes it. Where it may be read and no more, it is read. Never rejects. */
  async open(): Promise<void> {
    try {
      if (!(await this.#load())) await this.#create()
      this.#handle = await open(this.#path, 'r+')
    } catch (error) {
      this.#events.onUnwritable(error)
    }
  }

  /** Writes part of the ring's bytes, soon. */
  write(part: Part): void {
    if (this.#handle === undefined) return
    this.#dirty.set(part.at, part)
    this.#writing ??= this.#flush(this.#handle).finally(() => {
      this.#writing = undefined
    })
  }

  /** Writes what is left and closes the file. */
  async close(): Promise<void> {
    await this.#writing
    const handle = this.#handle
    this.#handle = undefined
    if (handle === undefined) return
    if (this.#dirty.size > 0) await this.#flush(handle)
    await handle.close()
  }

  async #load(): Promise<boolean> {
    const found = await openIfThere(this.#path)
    if (found === undefined) return false
    try {
      const { size } = await found.stat()
      // A file of any other size is not read: it may be as large as the disk.
      const why =
        size === this.#ring.bytes.length
          ? this.#ring.load(await found.readFile())
          : 'its size is another'
      if (why !== undefined) this.#events.onStartedAnew(why)
      return why === undefined
    } finally {
      await found.close()
    }
  }

  /** Takes the whole room on the disk at once, so that a disk that fills up later does no harm. */
  async #create(): Promise<void> {
    const draft = `${this.#path}.draft`
    try {
      await writeFile(draft, this.#ring.bytes, { mode: 0o600, flush: true })
      await rename(draft, this.#path)
    } finally {
      await rm(draft, { force: true })
    }
  }

  async #flush(handle: FileHandle): Promise<void> {
    let part: Part | undefined
    try {
      for (part of this.#dirty.values()) {
        // Not after the write: a row that is put again meanwhile has to be written again.
        this.#dirty.delete(part.at)
        await handle.write(this.#ring.bytes, part.at, part.length, part.at)
      }
      if (this.#failed) this.#events.onWritten()
      this.#failed = false
    } catch (error) {
      // It is tried again with the next row.
      if (part !== undefined) this.#dirty.set(part.at, part)
      if (!this.#failed) this.#events.onUnwritable(error)
      this.#failed = true
    }
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
