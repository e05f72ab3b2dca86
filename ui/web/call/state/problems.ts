import { ConnectionError, ConnectionErrorReason, DisconnectReason } from 'livekit-client'
import type { Problem } from './model.ts'

/** What is known about an attempt to join when it fails. */
export type ConnectFacts = Readonly<{
  /** The server had accepted the token: what failed after that is the media connection. */
  serverReached: boolean
  /** Ports that the server offered for media, as "UDP and TCP port 8443". */
  mediaPorts: string | undefined
  relayForced: boolean
}>

/** What the client library puts before the server's own words. */
const LIBRARY_PREFIX = /^could not establish signal connection: /

function problem(code: string, title: string, why: string, ...advice: string[]): Problem {
  return { code, title, why, advice, retry: true }
}

/** Same, for what trying again cannot help. */
function final(code: string, title: string, why: string, ...advice: string[]): Problem {
  return { code, title, why, advice, retry: false }
}

/** The server did not answer at all. */
export function unreachableProblem(): Problem {
  return problem(
    'server-unreachable',
    'The call server does not answer',
    'The page could not reach the server. Either this device is offline, or the server is down or restarting.',
    'Check that this device is online, then try again.',
    'If others are affected too, tell the person who runs this server.',
  )
}

/** Media found no way to the server although signalling did. */
export function mediaBlockedProblem(facts: ConnectFacts): Problem {
  if (facts.relayForced) {
    return problem(
      'relay-blocked',
      'Sound cannot get through the relay',
      'This link asks to use only the TURN relay (relay=1), and no connection through it succeeded.',
      'Remove relay=1 from the address to allow direct connections.',
      'Ask your network admin to allow the TURN ports, UDP and TCP 3478 and TCP 5349.',
    )
  }
  const ports = facts.mediaPorts ?? 'the media port, UDP and TCP 8443'
  return problem(
    'media-blocked',
    'Sound cannot get through your network',
    `The server answers, but nothing can be heard or sent. Your network blocks ${ports}, and the relay (TURN) was not reachable either.`,
    'Try another network, for example a phone hotspot, or switch off a VPN.',
    `Ask your network admin to allow ${ports} to this server.`,
  )
}

/** Puts a failed attempt to join into words. */
export function connectProblem(error: unknown, facts: ConnectFacts): Problem {
  if (!(error instanceof ConnectionError)) {
    return facts.serverReached ? mediaBlockedProblem(facts) : unknownProblem(messageOf(error))
  }
  if (error.reason === ConnectionErrorReason.NotAllowed) {
    return accessProblem(error.status ?? 403, error.message)
  }
  if (error.reason === ConnectionErrorReason.LeaveRequest) {
    return disconnectProblem(asDisconnectReason(error.context))
  }
  if (facts.serverReached) return mediaBlockedProblem(facts)
  return unreachableProblem()
}

/** Puts a refusal by HTTP status into words; the server's own sentence is shown where it has one. */
export function accessProblem(status: number, message: string | undefined): Problem {
  const said = message?.replace(LIBRARY_PREFIX, '').trim() || undefined
  switch (status) {
    case 401:
      return invalidLinkProblem(said)
    case 403:
      return notAllowedProblem(said)
    case 404:
      return final(
        'no-such-call',
        'There is no such call',
        'The call has ended, or the address is mistyped.',
        'Check the address, or start the call again from your chat.',
      )
    case 429:
    case 503:
      return problem(
        'server-busy',
        'The call server is busy',
        said ?? 'It takes no more people at the moment.',
        'Wait a minute, then try again.',
      )
    default:
      return problem(
        'server-error',
        'The call server had a problem',
        said ?? `It answered with status ${status}.`,
        'Try again. If it stays, tell the person who runs this server.',
      )
  }
}

/** The server's sentence is for programs when it begins with "invalid"; ours is for people. */
function invalidLinkProblem(said: string | undefined): Problem {
  const forPeople = said !== undefined && !/^invalid/i.test(said)
  const ours = linkProblem({ expired: said !== undefined && /"exp"|expired/i.test(said) })
  return forPeople ? { ...ours, why: said } : ours
}

/** The server does not accept the link that the page was opened with. */
export function linkProblem({ expired }: Readonly<{ expired: boolean }>): Problem {
  return final(
    'link-invalid',
    expired ? 'This join link has expired' : 'This join link is not valid',
    expired
      ? 'Join links work for a limited time.'
      : 'It is incomplete, or it was made for another call or another server.',
    'Ask for a new link in the chat where you got this one.',
  )
}

/** The server did not take a screen, and said why. */
export function screenRefusedProblem(said: string): Problem {
  return problem(
    'screen-refused',
    'Your screen is not shared',
    said,
    'You still hear everybody, and everybody hears you.',
  )
}

/** A sentence from the server says by itself what to do. */
function notAllowedProblem(said: string | undefined): Problem {
  if (said !== undefined && /^the call is full/i.test(said)) {
    return problem(
      'call-full',
      'The call is full',
      'It has as many people as this server lets into one call.',
      'Wait until someone leaves, then try again.',
    )
  }
  if (said !== undefined && /^this server is at its limit/i.test(said)) {
    return problem(
      'server-limit',
      'This server takes nobody else at the moment',
      said,
      'Those who are in the call stay in it: ask them to write down what you miss.',
    )
  }
  const advice = said === undefined ? ['Ask the person who invited you for a join link.'] : []
  return problem(
    'not-allowed',
    'You cannot join this call',
    said ?? 'The server refused.',
    ...advice,
  )
}

/** Puts the end of a running call into words. */
export function disconnectProblem(reason: DisconnectReason | undefined): Problem {
  return byReason(reason) ?? lostProblem()
}

function lostProblem(): Problem {
  return problem(
    'connection-lost',
    'The connection was lost',
    'The page tried to reconnect and did not succeed.',
    'Check that this device is online, then join again.',
    'If the call drops after about 15 seconds each time, your network blocks media: try another network.',
  )
}

function byReason(reason: DisconnectReason | undefined): Problem | undefined {
  switch (reason) {
    case DisconnectReason.DUPLICATE_IDENTITY:
      return problem(
        'joined-elsewhere',
        'You joined from somewhere else',
        'The same join link was used in another tab or on another device, so the call moved there.',
        'Go on there, or join again to bring the call back here.',
      )
    case DisconnectReason.SERVER_SHUTDOWN:
      return problem(
        'server-restart',
        'The call server is restarting',
        'The person who runs it stopped or updated it.',
        'Join again in a minute.',
      )
    case DisconnectReason.PARTICIPANT_REMOVED:
      return problem(
        'removed',
        'You were removed from the call',
        'Someone who manages this call removed you.',
        'If that was a mistake, ask them and join again.',
      )
    case DisconnectReason.ROOM_DELETED:
    case DisconnectReason.ROOM_CLOSED:
      return problem(
        'call-ended',
        'The call has ended',
        'Someone who manages this call ended it for everyone.',
        'You can start it again by joining.',
      )
    case DisconnectReason.JOIN_FAILURE:
    case DisconnectReason.CONNECTION_TIMEOUT:
    case DisconnectReason.MEDIA_FAILURE:
      return mediaLostProblem()
    default:
      return undefined
  }
}

function mediaLostProblem(): Problem {
  return problem(
    'media-lost',
    'Sound stopped getting through',
    'The server no longer received anything from this device.',
    'Check that this device is online, then join again.',
    'If it happens again, try another network or switch off a VPN.',
  )
}

function unknownProblem(detail: string): Problem {
  return problem(
    'unexpected',
    'Something went wrong',
    'This page ran into an error that it does not know.',
    'Try again. If it stays, send this to the person who runs the server:',
    detail,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

function asDisconnectReason(value: unknown): DisconnectReason | undefined {
  return typeof value === 'number' && value in DisconnectReason ? value : undefined
}
