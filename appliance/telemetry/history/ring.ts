import { crc32 } from 'node:zlib'
import { COLUMN_COUNT, columnsFingerprint, type Row } from './columns.ts'

/** How far apart the rows of a ring are, and how many there are. */
export type RingSize = Readonly<{ stepMs: number; rows: number }>

const MAGIC = 'callbox history\n'
const HEADER_BYTES = 64
/** Time, seconds, values, and a checksum by which a row that was written in part is known. */
const ROW_BYTES = 8 + 4 + 4 * COLUMN_COUNT + 4

/**
 * Rows of the latest steps, in as many bytes as a file of them has: a header, then a place for each
 * step. A row's place follows from its time, so there is no beginning to keep, and a clock that jumps
 * does no more harm than to have a time's rows replaced.
 */
export class Ring {
  readonly stepMs: number
  readonly #rows: number
  readonly #bytes: Buffer
  /** The same bytes; x64 and arm64 keep numbers with their low end first, as the file does. */
  readonly #floats: Float32Array

  constructor({ stepMs, rows }: RingSize) {
    this.stepMs = stepMs
    this.#rows = rows
    const memory = new ArrayBuffer(HEADER_BYTES + rows * ROW_BYTES)
    this.#bytes = Buffer.from(memory)
    this.#floats = new Float32Array(memory)
    this.#header().copy(this.#bytes)
  }

  /** How much time a full ring covers. */
  get spanMs(): number {
    return this.stepMs * this.#rows
  }

  /** All of it, as a file has it. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /** When the step began that a time is in. */
  startOf(atMs: number): number {
    return Math.floor(atMs / this.stepMs) * this.stepMs
  }

  /** Keeps a row whose time is the start of a step; returns where its bytes are. */
  put({ atMs, seconds, values }: Row): Readonly<{ at: number; length: number }> {
    const at = this.#placeOf(atMs)
    this.#bytes.writeDoubleLE(atMs, at)
    this.#bytes.writeFloatLE(seconds, at + 8)
    this.#floats.set(values, at / 4 + 3)
    this.#bytes.writeUInt32LE(this.#checksum(at), at + ROW_BYTES - 4)
    return { at, length: ROW_BYTES }
  }

  /** The row of a step, by its start. */
  row(atMs: number): Row | undefined {
    const at = this.#placeOf(atMs)
    if (this.#bytes.readDoubleLE(at) !== atMs || atMs === 0) return undefined
    const values = this.#floats.slice(at / 4 + 3, at / 4 + 3 + COLUMN_COUNT)
    return { atMs, seconds: this.#bytes.readFloatLE(at + 8), values }
  }

  /** The rows of the steps that are in `[fromMs, toMs)` at least in part, the oldest first. */
  between(fromMs: number, toMs: number): readonly Row[] {
    const rows: Row[] = []
    for (const atMs of this.#starts(fromMs, toMs)) {
      const row = this.row(atMs)
      if (row !== undefined) rows.push(row)
    }
    return rows
  }

  /** When the oldest row before `nowMs` began. */
  oldest(nowMs: number): number | undefined {
    for (const atMs of this.#starts(0, nowMs)) {
      if (this.#bytes.readDoubleLE(this.#placeOf(atMs)) === atMs) return atMs
    }
    return undefined
  }

  /** Takes over a file's bytes, less what is damaged; returns why it is none of this ring's. */
  load(bytes: Buffer): string | undefined {
    if (bytes.length !== this.#bytes.length) return 'its size is another'
    if (!bytes.subarray(0, HEADER_BYTES).equals(this.#header())) return 'its columns are others'
    this.#bytes.set(bytes)
    for (let place = 0; place < this.#rows; place += 1) {
      const at = HEADER_BYTES + place * ROW_BYTES
      if (!this.#isWhole(at)) this.#bytes.fill(0, at, at + ROW_BYTES)
    }
    return undefined
  }

  *#starts(fromMs: number, toMs: number): Generator<number> {
    const first = this.startOf(Math.max(fromMs, toMs - this.spanMs, this.stepMs))
    for (let atMs = first; atMs < toMs; atMs += this.stepMs) yield atMs
  }

  #placeOf(atMs: number): number {
    return HEADER_BYTES + (Math.floor(atMs / this.stepMs) % this.#rows) * ROW_BYTES
  }

  #isWhole(at: number): boolean {
    const atMs = this.#bytes.readDoubleLE(at)
    if (!(atMs > 0) || !Number.isSafeInteger(atMs) || this.startOf(atMs) !== atMs) return false
    if (this.#placeOf(atMs) !== at) return false
    return this.#bytes.readUInt32LE(at + ROW_BYTES - 4) === this.#checksum(at)
  }

  #checksum(at: number): number {
    return crc32(this.#bytes.subarray(at, at + ROW_BYTES - 4))
  }

  #header(): Buffer {
    const header = Buffer.alloc(HEADER_BYTES)
    header.write(MAGIC, 'latin1')
    header.set(columnsFingerprint, MAGIC.length)
    header.writeUInt32LE(this.stepMs, MAGIC.length + 16)
    header.writeUInt32LE(this.#rows, MAGIC.length + 20)
    header.writeUInt32LE(ROW_BYTES, MAGIC.length + 24)
    return header
  }
}
