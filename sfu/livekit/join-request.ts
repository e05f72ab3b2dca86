import type { IncomingHttpHeaders } from 'node:http'
import { fault, ok, type Result } from '../room/ambient.ts'
import type { Rooms } from '../room/rooms.ts'
import { withinLimits } from '../room/updating.ts'
import { type AccessToken, type LivekitKeys, verifyAccessToken } from './access-token.ts'
import { type Admit, validatePath } from './admission.ts'
import { clientName } from './client-name.ts'
import { clientLimits, oldestSignalProtocol } from './limits.ts'

/** A refusal before the WebSocket is accepted: an HTTP status and a sentence for the person. */
export type JoinRefusal = Readonly<{ status: number; message: string }>

/** A checked request to join a room or, with `resume`, to go on with a session. */
export type JoinRequest = Readonly<{
  token: AccessToken
  room: string
  autoSubscribe: boolean
  clientProtocol: number
  /** The client's software, as it names itself. */
  client: string | undefined
  /** The participant sid of the session to resume. */
  resume: string | undefined
  attributes: ReadonlyMap<string, string>
}>

/** What checking a request needs to know. */
export type JoinContext = Readonly<{
  keys: LivekitKeys
  rooms: Rooms
  admit: Admit
  nowMs: number
}>

const refusals = {
  roomFull: {
    status: 403,
    message: 'the call is full: it has reached its maximum number of participants',
  },
  serverFull: { status: 503, message: 'this server is full: it carries as many calls as it may' },
} as const satisfies Record<string, JoinRefusal>

/** Checks a request to `/rtc` or `/rtc/validate`, all but its path. */
export async function checkJoinRequest(
  url: URL,
  headers: IncomingHttpHeaders,
  context: JoinContext,
): Promise<Result<JoinRequest, JoinRefusal>> {
  const bearer = bearerToken(headers.authorization) ?? url.searchParams.get('access_token') ?? ''
  if (bearer === '') return refuse(401, 'no authorization token')
  const token = await verifyAccessToken(bearer, context.keys, context.nowMs)
  if (!token.ok) return refuse(401, token.fault)
  const { grant, identity } = token.value
  if (grant.roomJoin !== true) return refuse(401, 'permissions denied')
  const room = grant.room || (url.searchParams.get('room') ?? '')
  const refusal = refusalOfNames(room, identity) ?? refusalOfTexts(token.value)
  if (refusal !== undefined) return fault(refusal)
  const protocol = Number(url.searchParams.get('protocol') ?? oldestSignalProtocol)
  if (!(protocol >= oldestSignalProtocol)) {
    return refuse(400, `this client is too old: signal protocol ${oldestSignalProtocol} is needed`)
  }
  const obstacle = context.rooms.obstacleFor(room, identity)
  if (obstacle !== undefined) {
    context.rooms.find(room)?.timeline.refuse(token.value, refusals[obstacle].message)
    return fault(refusals[obstacle])
  }
  const client = clientName(url.searchParams, headers['user-agent'])
  const request = attributesOf(url, { token: token.value, room, client })
  return request.ok ? admitted(url, request.value, context) : request
}

/** Who is inside already, or comes back, is no newcomer. 403, because clients show no other refusal's words. */
function admitted(
  url: URL,
  request: JoinRequest,
  { rooms, admit }: JoinContext,
): Result<JoinRequest, JoinRefusal> {
  const { room, token, resume } = request
  const isInside = rooms.find(room)?.participants.has(token.identity) === true
  if (isInside || resume !== undefined) return ok(request)
  const kind = url.pathname === validatePath ? 'validate' : 'join'
  const reason = admit({ kind, room })
  if (reason === undefined) return ok(request)
  rooms.find(room)?.timeline.refuse(token, reason)
  return refuse(403, reason)
}

function attributesOf(
  url: URL,
  { token, room, client }: Pick<JoinRequest, 'token' | 'room' | 'client'>,
): Result<JoinRequest, JoinRefusal> {
  const attributes = new Map(token.attributes)
  if (token.grant.canUpdateOwnMetadata === true) {
    const extra = parsedAttributes(url.searchParams.get('attributes') ?? '')
    if (extra === undefined) return refuse(400, 'attributes are not a JSON object of texts')
    for (const [key, value] of extra) attributes.set(key, value)
  }
  if (!withinLimits(token, attributes)) return refuse(400, 'attributes are too large')
  const resume = url.searchParams.get('reconnect') === '1' ? url.searchParams.get('sid') : null
  return ok({
    token,
    room,
    client,
    autoSubscribe: !['0', 'false'].includes(url.searchParams.get('auto_subscribe') ?? '1'),
    clientProtocol: smallNumber(url.searchParams.get('client_protocol')),
    resume: resume ?? undefined,
    attributes,
  })
}

function refusalOfNames(room: string, identity: string): JoinRefusal | undefined {
  if (room === '') return { status: 400, message: 'no room name' }
  if (identity === '') return { status: 400, message: 'identity cannot be empty' }
  if (room.length > clientLimits.roomNameCharacters) {
    return { status: 400, message: 'room name is too long' }
  }
  if (identity.length > clientLimits.identityCharacters) {
    return { status: 400, message: 'identity is too long' }
  }
  return undefined
}

function refusalOfTexts(token: AccessToken): JoinRefusal | undefined {
  if (withinLimits(token, token.attributes)) return undefined
  return { status: 400, message: 'name, metadata or attributes in the token are too large' }
}

function refuse(status: number, message: string): Result<never, JoinRefusal> {
  return fault({ status, message })
}

function bearerToken(authorization: string | undefined): string | undefined {
  return authorization?.match(/^Bearer\s+(\S+)$/i)?.[1]
}

function smallNumber(text: string | null): number {
  const number = Number(text ?? 0)
  return Number.isInteger(number) && number >= 0 && number < 1_000 ? number : 0
}

function parsedAttributes(base64url: string): Map<string, string> | undefined {
  if (base64url === '') return new Map()
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString())
    if (typeof value !== 'object' || value === null) return undefined
    const entries = Object.entries(value)
    if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
      return undefined
    }
    return new Map(entries)
  } catch {
    return undefined
  }
}
