import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { createDataDir, writePrivately } from '../../data-dir.ts'
import { systemErrorCode } from '../../errors.ts'
import type { AcmeSettings } from './settings.ts'

/** How far the last order came, kept in the data directory: a restart does not forget to wait. */
export const ACME_STATE_FILE = 'acme-state.json'

const stateSchema = z.object({
  domain: z.string(),
  directoryUrl: z.string(),
  /** Whether the certificate that is kept came of this order. */
  issued: z.boolean(),
  failures: z.int().min(0),
  nextAttemptMs: z.number().optional(),
  /** Before this time the authority wants not to be asked. */
  notBeforeMs: z.number().optional(),
  problem: z.object({ message: z.string(), fix: z.string() }).optional(),
})

/** The progress of one order; times in milliseconds since the epoch. */
export type AcmeProgress = Readonly<z.output<typeof stateSchema>>

/** Reads the progress of an order with these settings; `undefined` when nothing is known of any order. */
export async function readProgress(
  dataDir: string,
  settings: Pick<AcmeSettings, 'domain' | 'directoryUrl'>,
): Promise<AcmeProgress | undefined> {
  const kept = await read(join(dataDir, ACME_STATE_FILE))
  if (kept === undefined) return undefined
  const { domain, directoryUrl } = settings
  if (kept.domain === domain && kept.directoryUrl === directoryUrl) return kept
  return { domain, directoryUrl, issued: false, failures: 0 }
}

async function read(file: string): Promise<AcmeProgress | undefined> {
  try {
    return stateSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) !== undefined) return undefined
    throw error
  }
}

/** Keeps the progress, whole or not at all. */
export async function writeProgress(dataDir: string, progress: AcmeProgress): Promise<void> {
  await createDataDir(dataDir)
  await writePrivately(join(dataDir, ACME_STATE_FILE), `${JSON.stringify(progress, null, 2)}\n`)
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** However long an authority says to wait, it is asked once a day. */
const LONGEST_WAIT_MS = 24 * HOUR_MS

/**
 * How long to wait after so many failures in a row: twice as long each time, from a minute to an hour when the authority
 * was not reached, from 20 minutes to 12 hours when it said no (some allow five failures an hour), and never
 * shorter than it asks for. `random`, from 0 to 1, spreads many appliances over a tenth of that.
 */
export function waitAfter(
  failure: Readonly<{ failures: number; unreachable: boolean; retryAfterMs: number | undefined }>,
  random: number,
): number {
  const { failures, unreachable, retryAfterMs = 0 } = failure
  const [first, most] = unreachable ? [MINUTE_MS, HOUR_MS] : [20 * MINUTE_MS, 12 * HOUR_MS]
  const backedOff = Math.min(most, first * 2 ** Math.min(failures - 1, 20))
  return Math.min(LONGEST_WAIT_MS, Math.max(backedOff, retryAfterMs) * (1 + random / 10))
}

/** When a certificate is renewed: with a third of its life left. */
export function renewalTime(validFromMs: number, validUntilMs: number): number {
  return validUntilMs - (validUntilMs - validFromMs) / 3
}
