import {
  type AddTrackRequest,
  Encryption_Type,
  TrackSource as Source,
  TrackType,
  VideoQuality,
} from '@livekit/protocol'
import type { TrackDescription, TrackLayer, TrackSource } from '../room/track.ts'
import { clientLimits } from './limits.ts'

const sources = new Map<Source, TrackSource>([
  [Source.CAMERA, 'camera'],
  [Source.MICROPHONE, 'microphone'],
  [Source.SCREEN_SHARE, 'screen_share'],
  [Source.SCREEN_SHARE_AUDIO, 'screen_share_audio'],
])

const qualities = new Map<VideoQuality, TrackLayer['quality']>([
  [VideoQuality.LOW, 'low'],
  [VideoQuality.MEDIUM, 'medium'],
])

/** A client's announcement of a track; `undefined` for one that is not audio or video, or too large. */
export function toTrackDescription(request: AddTrackRequest): TrackDescription | undefined {
  if (request.type !== TrackType.AUDIO && request.type !== TrackType.VIDEO) return undefined
  const texts = [request.cid, request.name, request.stream]
  if (texts.some((text) => text.length > clientLimits.trackTextCharacters)) return undefined
  const source = sources.get(request.source) ?? 'other'
  return {
    kind: request.type === TrackType.AUDIO ? 'audio' : 'video',
    source,
    name: request.name,
    clientId: request.cid,
    muted: request.muted,
    width: request.width,
    height: request.height,
    layers: layersOf(request),
    disableDtx: request.disableDtx,
    stereo: request.stereo,
    disableRed: request.disableRed,
    encryption: encryptionOf(request.encryption),
    stream: request.stream || defaultStream(source),
    audioFeatures: request.audioFeatures.slice(0, clientLimits.layers),
  }
}

/** The mime type of the codec that the client wants to send first, if it says so: `video/VP8`. */
export function wantedCodec(request: AddTrackRequest): string | undefined {
  const codec = request.simulcastCodecs[0]?.codec.toLowerCase() ?? ''
  if (request.type !== TrackType.VIDEO || !/^[a-z0-9]{1,12}$/.test(codec)) return undefined
  return `video/${codec.toUpperCase()}`
}

function layersOf(request: AddTrackRequest): TrackLayer[] {
  const layers = request.simulcastCodecs[0]?.layers ?? []
  return (layers.length > 0 ? layers : request.layers)
    .slice(0, clientLimits.layers)
    .map((layer) => ({
      quality: qualities.get(layer.quality) ?? 'high',
      width: layer.width,
      height: layer.height,
      bitsPerSecond: layer.bitrate,
      ssrc: layer.ssrc,
      spatialLayer: layer.spatialLayer,
      rid: layer.rid.slice(0, clientLimits.trackTextCharacters),
    }))
}

function encryptionOf(type: Encryption_Type): TrackDescription['encryption'] {
  if (type === Encryption_Type.GCM) return 'gcm'
  return type === Encryption_Type.CUSTOM ? 'custom' : 'none'
}

/** Sources whose tracks play in time with each other share a stream. */
function defaultStream(source: TrackSource): string {
  if (source === 'camera' || source === 'microphone') return 'camera'
  return source === 'other' ? 'unknown' : 'screen'
}
