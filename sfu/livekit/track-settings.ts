import type { types } from 'mediasoup'
import type { Track, TrackLayer } from '../room/track.ts'

/** How a client shows a track. Sizes in pixels, 0 where it does not say. */
export type TrackSettings = Readonly<{
  disabled: boolean
  quality: 'low' | 'medium' | 'high'
  width: number
  height: number
  framesPerSecond: number
}>

/** What a client gets that never chose. */
export const fullQuality: TrackSettings = {
  disabled: false,
  quality: 'high',
  width: 0,
  height: 0,
  framesPerSecond: 0,
}

const qualityIndex = { low: 0, medium: 1, high: 2 } as const
/** Temporal layers halve the frame rate of a camera at about 30 frames a second. */
const temporalLayerRates = [7.5, 15] as const

/** The layers worth sending for these settings; `undefined` for the best there are. */
export function layersFor(track: Track, settings: TrackSettings): types.ConsumerLayers | undefined {
  const top = Math.max(0, track.description.layers.length - 1)
  const spatialLayer = Math.min(top, wantedLayer(track.description.layers, settings))
  const temporalLayer = temporalLayerRates.findIndex((rate) => settings.framesPerSecond <= rate)
  const limitsFrames = settings.framesPerSecond > 0 && temporalLayer >= 0
  if (spatialLayer === top && !limitsFrames) return undefined
  return limitsFrames ? { spatialLayer, temporalLayer } : { spatialLayer }
}

function wantedLayer(layers: readonly TrackLayer[], settings: TrackSettings): number {
  if (settings.width === 0 || settings.height === 0) return qualityIndex[settings.quality]
  const sizes = layers.map((layer) => layer.width * layer.height).sort((a, b) => a - b)
  const fitting = sizes.findIndex((size) => size >= settings.width * settings.height)
  return fitting < 0 ? sizes.length - 1 : fitting
}
