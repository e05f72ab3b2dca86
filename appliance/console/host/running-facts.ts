import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { z } from 'zod'
import { ApplianceError, systemErrorCode } from '../../errors.ts'
import { readStartText } from '../../systemd/start-file.ts'
import type { CertificateFacts, ServiceFacts } from '../facts.ts'

const ANSWER_WITHIN_MS = 2000
const MAX_ANSWER_BYTES = 64 * 1024
const DAY_MS = 86_400_000

const url = z.url({ protocol: /^https?$/ }).max(500)

const startSchema = z.object({
  version: z.string(),
  publicOrigin: url,
  localOrigin: url,
  setupLink: url.optional(),
  warnings: z.array(z.object({ message: z.string(), fix: z.string() })).default([]),
})

/** What the running appliance left for the console at its start. */
export type StartFile = Readonly<z.infer<typeof startSchema>>

const readinessSchema = z.object({
  ready: z.boolean(),
  services: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
})

const DOWN: ServiceFacts = { state: 'down', problems: [] }

/**
 * Reads the facts of the start; `undefined` while nothing runs, or when they are of another version. Throws
 * CONSOLE_NEEDS_ROOT where this user may not.
 */
export async function readStartFile(runDir: string): Promise<StartFile | undefined> {
  const text = await readStartText(runDir).catch((error: unknown) => needsRoot(runDir, error))
  if (text === undefined) return undefined
  const parsed = startSchema.safeParse(parseJson(text))
  return parsed.success ? parsed.data : undefined
}

function needsRoot(runDir: string, error: unknown): never {
  if (systemErrorCode(error) !== 'EACCES') throw error
  throw new ApplianceError(
    'CONSOLE_NEEDS_ROOT',
    `What the start left in ${runDir} is for root to read.`,
    'Run: sudo callbox console',
    error,
  )
}

/** Asks the appliance on this machine how its services are, by HTTPS where it has it, else by HTTP. */
export async function askServices(
  origins: Readonly<{ localOrigin: string; httpsPort: number | undefined }>,
): Promise<ServiceFacts> {
  const { port, protocol } = new URL(origins.localOrigin)
  const plain = `${protocol}//127.0.0.1${port === '' ? '' : `:${port}`}/readyz`
  const secure =
    origins.httpsPort === undefined ? [] : [`https://127.0.0.1:${origins.httpsPort}/readyz`]
  for (const url of [...secure, plain]) {
    const parsed = readinessSchema.safeParse(parseJson((await fetchText(url)) ?? ''))
    if (!parsed.success) continue
    const { ready, services } = parsed.data
    const problems = services
      .filter(({ ok }) => !ok)
      .map(({ name, detail }) => `${name}: ${detail}`)
    return { state: ready ? 'ready' : 'notReady', problems }
  }
  return DOWN
}

/** Looks at the certificate that the web port shows here; nothing is trusted because of it. */
export function lookAtCertificate(
  port: number,
  host: string,
  nowMs: number,
): Promise<CertificateFacts | undefined> {
  return new Promise((resolve) => {
    const servername = isIP(host.replace(/^\[|\]$/g, '')) === 0 ? host : ''
    const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
    const end = (facts: CertificateFacts | undefined) => {
      clearTimeout(limit)
      socket.destroy()
      resolve(facts)
    }
    const limit = setTimeout(() => end(undefined), ANSWER_WITHIN_MS)
    socket.once('error', () => end(undefined))
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate()
      if (certificate === undefined) return end(undefined)
      const leftMs = certificate.validToDate.getTime() - nowMs
      end({ fingerprint: certificate.fingerprint256, daysLeft: Math.floor(leftMs / DAY_MS) })
    })
  })
}

/** The answer's text whatever its status; `undefined` when there is none. A self-signed certificate will do. */
function fetchText(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = url.startsWith('https:') ? httpsRequest : httpRequest
    const sent = request(url, {
      rejectUnauthorized: false,
      // For the whole answer: one that comes byte by byte would keep the console waiting for ever.
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      agent: false,
    })
    sent.once('error', () => resolve(undefined))
    sent.once('response', (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text = (text + part).slice(0, MAX_ANSWER_BYTES)
      })
      answer.once('error', () => resolve(undefined))
      answer.once('end', () => resolve(text))
    })
    sent.end()
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
