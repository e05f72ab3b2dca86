import { Codec, ICEServer, JoinResponse, ServerInfo, ServerInfo_Edition } from '@livekit/protocol'
import type { Participant } from '../room/participant.ts'
import type { Room } from '../room/room.ts'
import { protocolCompatibleVersion, signalProtocol, signalTimes } from './limits.ts'
import { toParticipantInfo, toRoomInfo } from './messages.ts'

/** A server that helps a client through its network (RFC 8656, RFC 8489). */
export type IceServer = Readonly<{
  urls: readonly string[]
  username?: string | undefined
  credential?: string | undefined
}>

/** Codecs that clients may publish; the first video codec is the one to fall back to. */
const publishCodecs = [
  'audio/opus',
  'video/VP8',
  'video/H264',
  'video/VP9',
  'video/AV1',
  'video/rtx',
]

/** The greeting: the room, the participant itself, and everybody who is there. */
export function toJoinResponse(
  room: Room,
  participant: Participant,
  server: Readonly<{ servers: readonly IceServer[]; serverVersion: string; nodeId: string }>,
): JoinResponse {
  const others = [...room.participants.values()].filter(
    (other) => other !== participant && !other.permissions.hidden,
  )
  return new JoinResponse({
    room: toRoomInfo(room),
    participant: toParticipantInfo(participant),
    otherParticipants: others.map(toParticipantInfo),
    serverVersion: protocolCompatibleVersion,
    iceServers: server.servers.map(toIceServer),
    subscriberPrimary: true,
    pingTimeout: signalTimes.pingTimeoutSeconds,
    pingInterval: signalTimes.pingIntervalSeconds,
    serverInfo: toServerInfo(server.serverVersion, server.nodeId),
    enabledPublishCodecs: publishCodecs.map((mime) => new Codec({ mime })),
    fastPublish: participant.permissions.canPublish,
  })
}

/** This server as clients see it: the protocol's version, our own in the debug text. */
export function toServerInfo(serverVersion: string, nodeId: string): ServerInfo {
  return new ServerInfo({
    edition: ServerInfo_Edition.Standard,
    version: protocolCompatibleVersion,
    protocol: signalProtocol,
    nodeId,
    debugInfo: `callbox ${serverVersion}`,
  })
}

/** A STUN or TURN server for the client. */
export function toIceServer({ urls, username = '', credential = '' }: IceServer): ICEServer {
  return new ICEServer({ urls: [...urls], username, credential })
}
