/** What the page reads out of an access token to shape itself. Not verified: the server does that. */
export type TokenClaims = Readonly<{
  /** Who it was made for; `undefined` in an invite, which anyone may trade for a token of their own. */
  identity: string | undefined
  name: string | undefined
  roomName: string | undefined
  /** Whether the holder may change their own name and raise a hand. Absent means no. */
  mayUpdateSelf: boolean
  expiresAtMs: number | undefined
}>

/** Reads the payload of a LiveKit access token (JWT, RFC 7519). Returns `undefined` for anything else. */
export function readTokenClaims(token: string): TokenClaims | undefined {
  const payload = parsePayload(token.split('.')[1])
  if (payload === undefined) return undefined
  const video = isRecord(payload['video']) ? payload['video'] : {}
  const expires = payload['exp']
  return {
    identity: text(payload['sub']),
    name: text(payload['name']),
    roomName: text(video['room']),
    mayUpdateSelf: video['canUpdateOwnMetadata'] === true,
    expiresAtMs: typeof expires === 'number' ? expires * 1000 : undefined,
  }
}

/** Whether the token names a room but nobody: it is traded for a token of one's own. */
export function isInvite(token: string): boolean {
  const claims = readTokenClaims(token)
  return claims?.roomName !== undefined && claims.identity === undefined
}

function parsePayload(part: string | undefined): Record<string, unknown> | undefined {
  if (part === undefined) return undefined
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isRecord(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return undefined
    throw error
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
