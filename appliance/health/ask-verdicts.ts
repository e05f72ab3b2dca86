import { stat } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { z } from 'zod'
import type { LoadedConfig } from '../config/load.ts'
import { readSecrets } from '../data-dir.ts'
import { ApplianceError } from '../errors.ts'
import { listenerOwners } from './listener-owner.ts'

const levels = z.enum(['ok', 'bad', 'warn', 'note'])

const statusSchema = z.object({
  health: z.object({
    level: levels,
    text: z.string(),
    verdicts: z.array(
      z.object({
        id: z.string(),
        level: levels,
        text: z.string(),
        fix: z.string(),
        command: z.string().optional(),
      }),
    ),
  }),
})

const alertsSchema = z.object({
  rules: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      severity: z.enum(['critical', 'warning']),
      state: z.enum(['ok', 'pending', 'firing', 'unknown']),
      sinceMs: z.number(),
      value: z.string(),
      silencedUntilMs: z.number().optional(),
    }),
  ),
})

/** What a running appliance says of itself, in the words of its page. */
export type RunningVerdicts = Readonly<
  z.output<typeof statusSchema> & { alerts: z.output<typeof alertsSchema>['rules'] }
>

/** What came of asking; `why` says in a sentence why there is no answer. */
export type Asked =
  | Readonly<{ ok: true; running: RunningVerdicts }>
  | Readonly<{ ok: false; why: string }>

const ANSWER_WITHIN_MS = 5000

/** A busy server's status is some hundred kilobytes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/**
 * Asks the appliance that runs on this machine what it shows on its page. The API token is given
 * only to a program of the user whom the data directory belongs to, or of root.
 */
export async function askVerdicts({ config, dataDir }: LoadedConfig): Promise<Asked> {
  const { web } = config
  const port = web.tls.mode === 'off' ? web.http_port : web.https_port
  const owners = listenerOwners(port)
  if (owners.size === 0) return notAsked('Callbox does not run here: it was not asked.')
  const token = await readToken(dataDir)
  if ('why' in token) return notAsked(token.why)
  if (![...owners].every((uid) => uid === 0 || uid === token.owner)) {
    return notAsked(`A program of another user listens on port ${port}: it was not asked.`)
  }
  const origin = `${web.tls.mode === 'off' ? 'http' : 'https'}://127.0.0.1:${port}`
  const ask = (path: string) => fetchJson(new URL(path, origin), token.value)
  const status = statusSchema.safeParse(await ask('/api/admin/status'))
  const alerts = alertsSchema.safeParse(await ask('/api/admin/alerts'))
  if (!status.success || !alerts.success) {
    return notAsked(`What listens on port ${port} did not answer as Callbox does.`)
  }
  return { ok: true, running: { health: status.data.health, alerts: alerts.data.rules } }
}

function notAsked(why: string): Asked {
  return { ok: false, why }
}

type Token = Readonly<{ value: string; owner: number } | { why: string }>

async function readToken(dataDir: string): Promise<Token> {
  try {
    const secrets = await readSecrets(dataDir)
    if (secrets === undefined) return { why: `${dataDir} has no API token: it was not asked.` }
    return { value: secrets.adminApiToken, owner: (await stat(dataDir)).uid }
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error
    return { why: `${error.message} Run it as root or as the user of the appliance.` }
  }
}

/** The answer's JSON, `undefined` where there is none. The self-signed certificate will do on this machine. */
function fetchJson(url: URL, token: string): Promise<unknown> {
  return new Promise((resolve) => {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest
    const sent = request(url, {
      rejectUnauthorized: false,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      agent: false,
    })
    const fail = () => resolve(undefined)
    sent.once('error', fail)
    sent.once('response', (answer) => {
      const parts: Buffer[] = []
      let bytes = 0
      answer.once('error', fail)
      answer.on('data', (part: Buffer) => {
        bytes += part.length
        if (bytes > MAX_ANSWER_BYTES) answer.destroy(new Error('it says too much'))
        else parts.push(part)
      })
      answer.once('end', () => resolve(answer.statusCode === 200 ? parseJson(parts) : undefined))
    })
    sent.end()
  })
}

function parseJson(parts: readonly Buffer[]): unknown {
  try {
    return JSON.parse(Buffer.concat(parts).toString())
  } catch {
    return undefined // nothing that speaks as we do
  }
}
