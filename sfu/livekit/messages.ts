import {
  DisconnectReason,
  Encryption_Type,
  LeaveRequest,
  LeaveRequest_Action,
  ParticipantInfo,
  ParticipantInfo_Kind,
  ParticipantInfo_State,
  ParticipantPermission,
  ConnectionQuality as Quality,
  Room as RoomInfo,
  SimulcastCodecInfo,
  TrackSource as Source,
  TrackInfo,
  TrackType,
  VideoLayer,
  VideoQuality,
} from '@livekit/protocol'
import type { Participant, ParticipantKind, ParticipantState } from '../room/participant.ts'
import type { ConnectionQuality, DepartureReason } from '../room/participant-door.ts'
import type { Permissions } from '../room/permissions.ts'
import type { Room } from '../room/room.ts'
import type { Track, TrackDescription, TrackSource } from '../room/track.ts'

/** The protocol's number of each source of a track. */
const sourceNumbers: Readonly<Record<TrackSource, Source>> = {
  camera: Source.CAMERA,
  microphone: Source.MICROPHONE,
  screen_share: Source.SCREEN_SHARE,
  screen_share_audio: Source.SCREEN_SHARE_AUDIO,
  other: Source.UNKNOWN,
}

/** The protocol's number of each encryption of a track. */
const encryptionNumbers: Readonly<Record<TrackDescription['encryption'], Encryption_Type>> = {
  none: Encryption_Type.NONE,
  gcm: Encryption_Type.GCM,
  custom: Encryption_Type.CUSTOM,
}

/** The protocol's number of each quality of a connection. */
export const qualityNumbers: Readonly<Record<ConnectionQuality['quality'], Quality>> = {
  excellent: Quality.EXCELLENT,
  good: Quality.GOOD,
  poor: Quality.POOR,
  lost: Quality.LOST,
}

const kindNumbers: Readonly<Record<ParticipantKind, ParticipantInfo_Kind>> = {
  standard: ParticipantInfo_Kind.STANDARD,
  ingress: ParticipantInfo_Kind.INGRESS,
  egress: ParticipantInfo_Kind.EGRESS,
  sip: ParticipantInfo_Kind.SIP,
  agent: ParticipantInfo_Kind.AGENT,
  connector: ParticipantInfo_Kind.CONNECTOR,
  bridge: ParticipantInfo_Kind.BRIDGE,
}

const stateNumbers: Readonly<Record<ParticipantState, ParticipantInfo_State>> = {
  joined: ParticipantInfo_State.JOINED,
  active: ParticipantInfo_State.ACTIVE,
  disconnected: ParticipantInfo_State.DISCONNECTED,
}

const layerNumbers = {
  low: VideoQuality.LOW,
  medium: VideoQuality.MEDIUM,
  high: VideoQuality.HIGH,
} as const

const reasonNumbers: Readonly<Record<DepartureReason, DisconnectReason>> = {
  clientLeft: DisconnectReason.CLIENT_INITIATED,
  duplicateIdentity: DisconnectReason.DUPLICATE_IDENTITY,
  serverShutdown: DisconnectReason.SERVER_SHUTDOWN,
  removed: DisconnectReason.PARTICIPANT_REMOVED,
  roomDeleted: DisconnectReason.ROOM_DELETED,
  roomClosed: DisconnectReason.ROOM_CLOSED,
  stateMismatch: DisconnectReason.STATE_MISMATCH,
  joinFailure: DisconnectReason.JOIN_FAILURE,
  connectionTimeout: DisconnectReason.CONNECTION_TIMEOUT,
  mediaFailure: DisconnectReason.MEDIA_FAILURE,
  signalClosed: DisconnectReason.SIGNAL_CLOSE,
}

/** After these the client should join again by itself. */
const reasonsToReturn: ReadonlySet<DepartureReason> = new Set([
  'serverShutdown',
  'stateMismatch',
  'mediaFailure',
  'connectionTimeout',
])

/** Tells a client that it is out, and whether to come back. */
export function toLeaveRequest(reason: DepartureReason): LeaveRequest {
  const returns = reasonsToReturn.has(reason)
  return new LeaveRequest({
    reason: reasonNumbers[reason],
    action: returns ? LeaveRequest_Action.RECONNECT : LeaveRequest_Action.DISCONNECT,
    canReconnect: returns,
  })
}

/** A participant as clients see it, with its published tracks. */
export function toParticipantInfo(participant: Participant): ParticipantInfo {
  const tracks = participant.publishedTracks()
  return new ParticipantInfo({
    sid: participant.sid,
    identity: participant.identity,
    state: stateNumbers[participant.state],
    tracks: tracks.map(toTrackInfo),
    metadata: participant.metadata,
    joinedAt: BigInt(Math.floor(participant.joinedAtMs / 1000)),
    joinedAtMs: BigInt(participant.joinedAtMs),
    name: participant.name,
    version: participant.version,
    permission: toParticipantPermission(participant.permissions),
    isPublisher: tracks.length > 0,
    kind: kindNumbers[participant.kind],
    attributes: Object.fromEntries(participant.attributes),
    disconnectReason:
      participant.departureReason === undefined
        ? DisconnectReason.UNKNOWN_REASON
        : reasonNumbers[participant.departureReason],
    clientProtocol: participant.clientProtocol,
  })
}

/** A track as clients see it. */
export function toTrackInfo(track: Track): TrackInfo {
  const { description } = track
  const layers = description.layers.map(toVideoLayer)
  const mimeType = track.mimeType || (description.kind === 'audio' ? 'audio/opus' : 'video/VP8')
  return new TrackInfo({
    sid: track.sid,
    type: description.kind === 'audio' ? TrackType.AUDIO : TrackType.VIDEO,
    name: description.name,
    muted: track.muted,
    width: track.width,
    height: track.height,
    simulcast: track.simulcast,
    disableDtx: description.disableDtx,
    source: sourceNumbers[description.source],
    layers,
    mimeType,
    mid: track.mid,
    codecs: [
      new SimulcastCodecInfo({ mimeType, mid: track.mid, cid: description.clientId, layers }),
    ],
    stereo: description.stereo,
    disableRed: description.disableRed,
    encryption: encryptionNumbers[description.encryption],
    stream: description.stream,
    audioFeatures: [...track.audioFeatures],
  })
}

/** A room as clients see it. */
export function toRoomInfo(room: Room): RoomInfo {
  const visible = [...room.participants.values()].filter((one) => !one.permissions.hidden)
  return new RoomInfo({
    sid: room.sid,
    name: room.name,
    emptyTimeout: Math.ceil(room.limits.emptyMs / 1000),
    departureTimeout: Math.ceil(room.limits.departureMs / 1000),
    maxParticipants: room.limits.maxParticipants,
    creationTime: BigInt(Math.floor(room.startedAtMs / 1000)),
    creationTimeMs: BigInt(room.startedAtMs),
    numParticipants: visible.length,
    numPublishers: visible.filter((one) => one.publishes).length,
  })
}

function toParticipantPermission(permissions: Permissions): ParticipantPermission {
  return new ParticipantPermission({
    canSubscribe: permissions.canSubscribe,
    canPublish: permissions.canPublish,
    canPublishData: permissions.canPublishData,
    canPublishSources: permissions.canPublishSources.map((source) => sourceNumbers[source]),
    hidden: permissions.hidden,
    canUpdateMetadata: permissions.canUpdateOwnMetadata,
  })
}

function toVideoLayer(layer: TrackDescription['layers'][number]): VideoLayer {
  return new VideoLayer({
    quality: layerNumbers[layer.quality],
    width: layer.width,
    height: layer.height,
    bitrate: layer.bitsPerSecond,
    ssrc: layer.ssrc,
    spatialLayer: layer.spatialLayer,
    rid: layer.rid,
  })
}
