import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { createDataDir, writePrivately } from '../data-dir.ts'
import { systemErrorCode } from '../errors.ts'
import { acmeSettingsSchema } from './acme/settings.ts'
import { type KeyPair, keyPairText } from './key-pair.ts'

/** What the admin page chose, in the data directory; without it the certificate is self-signed. */
export const CHOICE_FILE = 'certificate-choice.json'

/** The certificate that was uploaded, with its key. */
export const UPLOADED_FILE = 'uploaded.pem'

const choiceSchema = z.discriminatedUnion('source', [
  z.object({ source: z.literal('self-signed') }),
  z.object({ source: z.literal('uploaded') }),
  z.object({ source: z.literal('acme'), acme: acmeSettingsSchema }),
])

/** Where the certificate comes from while the configuration leaves that to the admin page. */
export type Choice = Readonly<z.output<typeof choiceSchema>>

/** Reads the choice; of one that cannot be read it tells, and counts it as none. */
export async function readChoice(
  dataDir: string,
  onDamage: (reason: string) => void = () => undefined,
): Promise<Choice> {
  try {
    return choiceSchema.parse(JSON.parse(await readFile(join(dataDir, CHOICE_FILE), 'utf8')))
  } catch (error) {
    const system = systemErrorCode(error)
    const isBroken = error instanceof SyntaxError || error instanceof z.ZodError
    if (system === undefined && !isBroken) throw error
    if (system !== 'ENOENT') onDamage(system ?? 'it is damaged')
    return { source: 'self-signed' }
  }
}

/** Keeps the choice. Whoever goes back to self-signed leaves no uploaded key behind. */
export async function writeChoice(dataDir: string, choice: Choice): Promise<void> {
  await createDataDir(dataDir)
  await writePrivately(join(dataDir, CHOICE_FILE), `${JSON.stringify(choice, null, 2)}\n`)
  if (choice.source === 'self-signed') await rm(join(dataDir, UPLOADED_FILE), { force: true })
}

/** Keeps an uploaded certificate with its key, both or neither. */
export async function writeUploaded(dataDir: string, pair: KeyPair): Promise<void> {
  await createDataDir(dataDir)
  await writePrivately(join(dataDir, UPLOADED_FILE), keyPairText(pair))
}
