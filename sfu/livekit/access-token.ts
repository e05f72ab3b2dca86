import { decodeJwt, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { fault, ok, type Result } from '../room/ambient.ts'
import type { ParticipantKind } from '../room/participant.ts'
import type { Permissions } from '../room/permissions.ts'
import { clientLimits } from './limits.ts'

const sourceNames = ['camera', 'microphone', 'screen_share', 'screen_share_audio'] as const
const kindNames = ['standard', 'ingress', 'egress', 'sip', 'agent', 'connector', 'bridge'] as const

const videoGrantSchema = z.object({
  roomJoin: z.boolean().optional(),
  room: z.string().max(clientLimits.roomNameCharacters).optional(),
  roomCreate: z.boolean().optional(),
  roomList: z.boolean().optional(),
  roomAdmin: z.boolean().optional(),
  canPublish: z.boolean().optional(),
  canSubscribe: z.boolean().optional(),
  canPublishData: z.boolean().optional(),
  canPublishSources: z.array(z.string()).optional(),
  canUpdateOwnMetadata: z.boolean().optional(),
  hidden: z.boolean().optional(),
  recorder: z.boolean().optional(),
})

const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string().optional(),
  jti: z.string().optional(),
  nbf: z.number().optional(),
  exp: z.number(),
  name: z.string().default(''),
  kind: z.enum(kindNames).catch('standard').default('standard'),
  metadata: z.string().default(''),
  attributes: z.record(z.string(), z.string()).default({}),
  video: videoGrantSchema.default({}),
})

/** The `video` claim: what the bearer may do. Absent `canPublish`, `canSubscribe`, `canPublishData`: allowed. */
export type VideoGrant = z.infer<typeof videoGrantSchema>

/** A verified access token. */
export type AccessToken = Readonly<{
  key: string
  identity: string
  name: string
  kind: ParticipantKind
  metadata: string
  attributes: ReadonlyMap<string, string>
  grant: VideoGrant
  expiresAtSeconds: number
}>

/** API secrets by API key. */
export type LivekitKeys = ReadonlyMap<string, string>

/** Clocks of the issuer and of this machine may differ by this much. */
const clockToleranceSeconds = 60

/** Verifies a token: HS256 by a known key, in its time, with an expiry. The fault is text for the client. */
export async function verifyAccessToken(
  token: string,
  keys: LivekitKeys,
  nowMs: number,
): Promise<Result<AccessToken, string>> {
  if (token.length > clientLimits.tokenCharacters)
    return fault('invalid authorization token: too long')
  const issuer = issuerOf(token)
  if (issuer === undefined) return fault('invalid authorization token: not a JSON web token')
  const secret = keys.get(issuer)
  if (secret === undefined) return fault('invalid API key')
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp'],
      currentDate: new Date(nowMs),
    })
    const claims = claimsSchema.safeParse(payload)
    if (!claims.success) return fault('invalid authorization token: malformed claims')
    return ok(toAccessToken(claims.data))
  } catch (error) {
    const why = error instanceof Error ? error.message : 'cannot be verified'
    return fault(`invalid authorization token: ${why}`)
  }
}

/** What a token is made of. */
export type TokenContents = Readonly<{
  identity: string
  name?: string | undefined
  kind?: ParticipantKind | undefined
  metadata?: string | undefined
  attributes?: Readonly<Record<string, string>> | undefined
  grant: VideoGrant
}>

/** Signs an access token that is valid from `nowMs` for `lifetimeSeconds`. */
export function signAccessToken(
  contents: TokenContents,
  key: Readonly<{ id: string; secret: string }>,
  time: Readonly<{ nowMs: number; lifetimeSeconds: number }>,
): Promise<string> {
  const nowSeconds = Math.floor(time.nowMs / 1000)
  const { name, kind, metadata, attributes } = contents
  const claims = {
    ...(name ? { name } : {}),
    ...(kind && kind !== 'standard' ? { kind } : {}),
    ...(metadata ? { metadata } : {}),
    ...(attributes && Object.keys(attributes).length > 0 ? { attributes } : {}),
    video: contents.grant,
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(key.id)
    .setSubject(contents.identity)
    .setNotBefore(nowSeconds)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + time.lifetimeSeconds)
    .sign(new TextEncoder().encode(key.secret))
}

/** The permissions that a grant gives; silence allows publishing and receiving, but no renaming. */
export function permissionsOf(grant: VideoGrant): Permissions {
  const canPublish = grant.canPublish ?? true
  const sources = grant.canPublishSources ?? []
  return {
    canPublish,
    canPublishSources: sourceNames.filter((source) => sources.includes(source)),
    canSubscribe: grant.canSubscribe ?? true,
    canPublishData: grant.canPublishData ?? canPublish,
    canUpdateOwnMetadata: grant.canUpdateOwnMetadata ?? false,
    hidden: grant.hidden ?? false,
  }
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

function toAccessToken(claims: z.infer<typeof claimsSchema>): AccessToken {
  return {
    key: claims.iss,
    identity: claims.sub ?? claims.jti ?? '',
    name: claims.name,
    kind: claims.kind,
    metadata: claims.metadata,
    attributes: new Map(Object.entries(claims.attributes)),
    grant: claims.video,
    expiresAtSeconds: claims.exp,
  }
}
