/** How packets fare one way; `undefined` until measured. */
export type Link = Readonly<{
  lossPercent: number | undefined
  jitterMs: number | undefined
  rttMs: number | undefined
  bitsPerSecond: number
}>

/** Where nothing flows, nothing is measured. */
export const noLink: Link = {
  lossPercent: undefined,
  jitterMs: undefined,
  rttMs: undefined,
  bitsPerSecond: 0,
}

/** One of the tracks that go the same way. */
export type LinkOfTrack = Readonly<{ kind: 'audio' | 'video'; link: Link }>

/**
 * The way that all these tracks share. Jitter is that of the sound where there is any: the packets of a
 * picture are sent one after another, which looks like jitter.
 */
export function combineLinks(tracks: readonly LinkOfTrack[]): Link {
  const links = tracks.map(({ link }) => link)
  const jitters = (kind: 'audio' | 'video') =>
    known(tracks.filter((track) => track.kind === kind).map(({ link }) => link.jitterMs))
  const sound = jitters('audio')
  const ofInterest = sound.length > 0 ? sound : jitters('video')
  return {
    lossPercent: lossOf(links),
    jitterMs: ofInterest.length > 0 ? Math.max(...ofInterest) : undefined,
    rttMs: mean(known(links.map(({ rttMs }) => rttMs))),
    bitsPerSecond: links.reduce((sum, { bitsPerSecond }) => sum + bitsPerSecond, 0),
  }
}

/** Tracks with more in them count for more. */
function lossOf(links: readonly Link[]): number | undefined {
  let bits = 0
  let lost = 0
  for (const { lossPercent, bitsPerSecond } of links) {
    if (lossPercent === undefined) continue
    bits += bitsPerSecond
    lost += bitsPerSecond * lossPercent
  }
  return bits === 0 ? undefined : lost / bits
}

function known(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined)
}

function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
