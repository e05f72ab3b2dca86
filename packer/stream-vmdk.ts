import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { deflateSync } from 'node:zlib'
import {
  descriptorPlace,
  directoryAtEnd,
  encodeVmdkHeader,
  grainSectors,
  grainsPerTable,
  sectorBytes,
  vmdkDescriptor,
} from './vmdk.ts'

const grainBytes = grainSectors * sectorBytes
const emptyGrain = Buffer.alloc(grainBytes)
const tableGrains = Buffer.alloc(grainsPerTable * grainBytes)
const tableSectors = (grainsPerTable * 4) / sectorBytes

/** Kinds of markers ("Virtual Disk Format 5.0", stream-optimized extents). */
const marker = { end: 0, table: 1, directory: 2, footer: 3 } as const

/** Writes one after the other into a file, in whole sectors, and hashes what it wrote. */
class SectorWriter {
  readonly #file: number
  readonly #hash = createHash('sha256')
  #sector: number

  constructor(file: number, firstSector: number) {
    this.#file = file
    this.#sector = firstSector
  }

  /** Writes the parts, then zeros to the end of the sector. @returns the sector at which they begin */
  write(...parts: readonly Buffer[]): number {
    const size = parts.reduce((sum, part) => sum + part.length, 0)
    const sectors = Math.ceil(size / sectorBytes)
    const bytes = Buffer.concat(parts, sectors * sectorBytes)
    this.#hash.update(bytes)
    const at = this.#sector
    writeSync(this.#file, bytes, 0, bytes.length, at * sectorBytes)
    this.#sector += sectors
    return at
  }

  /** Announces metadata of so many sectors, then writes it. @returns the sector at which it begins */
  writeMarked(type: number, sectors: number, content: Buffer): number {
    const announcement = Buffer.alloc(sectorBytes)
    announcement.writeBigUInt64LE(BigInt(sectors), 0)
    announcement.writeUInt32LE(type, 12)
    this.write(announcement)
    return this.write(content)
  }

  contentId(): string {
    return this.#hash.digest('hex').slice(0, 32)
  }
}

/**
 * Writes a raw disk as a stream-optimized VMDK, as VMware's own programs do: markers before all metadata, the
 * grain directory and a footer at the end. (qemu-img leaves both out, and some readers refuse that.) The same
 * disk is the same file.
 */
function writeStreamVmdk(rawPath: string, vmdkPath: string): void {
  const raw = openSync(rawPath, 'r')
  const vmdk = openSync(vmdkPath, 'w')
  try {
    const capacity = fstatSync(raw).size / sectorBytes
    if (!Number.isInteger(capacity / grainSectors))
      throw new Error(`${rawPath} is not of whole grains of 64 KiB`)
    const writer = new SectorWriter(vmdk, grainSectors)
    const tables: number[] = []
    for (let first = 0; first < capacity; first += grainsPerTable * grainSectors) {
      tables.push(writeGrains(raw, writer, { first, end: capacity }))
    }
    const directory = uint32s(tables)
    const directorySectors = Math.ceil(directory.length / sectorBytes)
    const directoryOffset = writer.writeMarked(marker.directory, directorySectors, directory)
    writer.writeMarked(marker.footer, 1, encodeVmdkHeader(capacity, BigInt(directoryOffset)))
    writer.writeMarked(marker.end, 0, Buffer.alloc(0))
    const head = Buffer.alloc(grainBytes)
    encodeVmdkHeader(capacity, directoryAtEnd).copy(head)
    const descriptor = vmdkDescriptor(basename(vmdkPath), capacity, writer.contentId())
    head.write(descriptor, descriptorPlace.offset * sectorBytes, 'latin1')
    writeSync(vmdk, head, 0, head.length, 0)
  } finally {
    closeSync(raw)
    closeSync(vmdk)
  }
}

/** Writes the grains of one table and the table. @returns its sector; 0 when all of them are empty */
function writeGrains(
  raw: number,
  writer: SectorWriter,
  { first, end }: Readonly<{ first: number; end: number }>,
): number {
  const entries: number[] = []
  const read = readSync(raw, tableGrains, 0, tableGrains.length, first * sectorBytes)
  for (let at = 0; at < read; at += grainBytes) {
    const grain = tableGrains.subarray(at, at + grainBytes)
    const isEmpty = grain.equals(emptyGrain)
    entries.push(isEmpty ? 0 : writeGrain(writer, first + at / sectorBytes, grain))
  }
  if (first + read / sectorBytes < Math.min(end, first + grainsPerTable * grainSectors)) {
    throw new Error('the raw disk ended before its end')
  }
  if (entries.every((entry) => entry === 0)) return 0
  const table = Buffer.concat([uint32s(entries)], grainsPerTable * 4)
  return writer.writeMarked(marker.table, tableSectors, table)
}

/** A grain's marker is its place on the disk and its compressed size, with the data right behind. */
function writeGrain(writer: SectorWriter, sector: number, grain: Buffer): number {
  const data = deflateSync(grain)
  const head = Buffer.alloc(12)
  head.writeBigUInt64LE(BigInt(sector), 0)
  head.writeUInt32LE(data.length, 8)
  return writer.write(head, data)
}

function uint32s(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4)
  return bytes
}

const [rawPath, vmdkPath] = process.argv.slice(2)
if (!rawPath || !vmdkPath) throw new Error('usage: stream-vmdk.ts RAW VMDK')
writeStreamVmdk(rawPath, vmdkPath)
