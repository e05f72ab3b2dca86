import { type StatsListener, unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { ApplianceError, messageOf } from '../errors.ts'
import type { KeyPair } from './key-pair.ts'

/** Reads a certificate and its key. Throws CERTIFICATE_UNREADABLE, naming the option. */
export async function readCertificateFiles(certFile: string, keyFile: string): Promise<KeyPair> {
  const cert = await readPem('web.tls.cert_file', certFile)
  const key = await readPem('web.tls.key_file', keyFile)
  return { cert, key }
}

/**
 * Calls back after any of the files changed, however it was replaced (in place, renamed over, or by
 * a link to another). Looks by polling, which sees all three. Returns the way to stop.
 */
export function watchFiles(
  files: readonly string[],
  pollMs: number,
  onChange: () => void,
): () => void {
  const listener: StatsListener = (current, previous) => {
    if (current.mtimeMs !== previous.mtimeMs || current.ino !== previous.ino) onChange()
  }
  for (const file of files) watchFile(file, { interval: pollMs, persistent: false }, listener)
  return () => {
    for (const file of files) unwatchFile(file, listener)
  }
}

async function readPem(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new ApplianceError(
      'CERTIFICATE_UNREADABLE',
      `${option} = ${file} cannot be read: ${messageOf(error)}`,
      `Correct the path, or let the user of the appliance read the file.`,
      error,
    )
  }
}
