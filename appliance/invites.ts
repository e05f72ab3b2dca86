import { decodeJwt, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'

const claimsSchema = z.object({
  sub: z.undefined().optional(),
  video: z.object({ roomJoin: z.literal(true), room: z.string() }),
})

/** How long the links are good that are made without being asked how long. */
export const INVITE_LIFETIME_SECONDS = 86_400

/** A link's token that lets anybody who has it into one room. */
export type Invite = Readonly<{ token: string; expiresAtMs: number }>

/**
 * Issues and checks invites: LiveKit access tokens that name a room but nobody, so that the SFU
 * itself refuses them. Each person trades the invite for an access token of their own; two people
 * with one link are therefore two participants.
 */
export interface Invites {
  /** `suggestedName` stands in the call page's name field for who has never given one. */
  issue(room: string, lifetimeSeconds: number, suggestedName?: string): Promise<Invite>
  /** Whether the token is an invite to that room, signed by a known key and in its time. */
  admits(token: string, room: string): Promise<boolean>
}

/** Creates invites signed by the first of the API keys; every known key's are accepted. */
export function createInvites(keys: ReadonlyMap<string, string>): Invites {
  return {
    async issue(room, lifetimeSeconds, suggestedName) {
      const [first] = keys
      if (first === undefined) throw new Error('there is no API key to sign invites with')
      const [key, secret] = first
      const expiresAtSeconds = Math.floor(Date.now() / 1000) + lifetimeSeconds
      const name = suggestedName === undefined ? {} : { name: suggestedName }
      const token = await new SignJWT({ ...name, video: { roomJoin: true, room } })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer(key)
        .setExpirationTime(expiresAtSeconds)
        .sign(new TextEncoder().encode(secret))
      return { token, expiresAtMs: expiresAtSeconds * 1000 }
    },
    admits: (token, room) => verifies(token, room, keys),
  }
}

async function verifies(token: string, room: string, keys: ReadonlyMap<string, string>) {
  try {
    const secret = keys.get(decodeJwt(token).iss ?? '')
    if (secret === undefined) return false
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      requiredClaims: ['exp'],
    })
    const claims = claimsSchema.safeParse(payload)
    return claims.success && claims.data.video.room === room
  } catch {
    // Whatever a stranger sends that is no token of ours is simply no invite.
    return false
  }
}
