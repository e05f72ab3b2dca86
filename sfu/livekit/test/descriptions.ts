/** One media section of a client's offer. */
export type OfferedTrack = Readonly<{
  mid: string
  kind: 'audio' | 'video'
  direction: 'sendonly' | 'inactive'
  trackId: string
}>

const fingerprint = Array(32).fill('AB').join(':')

/** A browser-like offer: data channels first, then the tracks. */
export function clientOffer(tracks: readonly OfferedTrack[], ufrag = 'abcd'): string {
  const mids = ['0', ...tracks.map(({ mid }) => mid)]
  return lines([
    ...session(mids),
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    ...transport('0', 'actpass', ufrag),
    'a=sctp-port:5000',
    ...tracks.flatMap((track, index) => trackLines(track, { ssrc: 1_000 + index, ufrag })),
  ])
}

/** An answer that receives every section of our offer, but for those refused. */
export function clientAnswer(offer: string, refused: ReadonlySet<string> = new Set()): string {
  const sections = offer.split(/^(?=m=)/m).slice(1)
  const mids = sections.map((section) => section.match(/^a=mid:(\S+)/m)?.[1] ?? '')
  return lines([
    ...session(mids),
    ...sections.flatMap((section, index) => {
      const mid = mids[index] ?? ''
      const head = section.split('\r\n')[0] ?? ''
      const shared = [head, ...transport(mid, 'active', 'wxyz')]
      if (head.startsWith('m=application')) return [...shared, 'a=sctp-port:5000']
      const idle = refused.has(mid) || section.includes('a=inactive')
      const maps = section.split('\r\n').filter((line) => line.startsWith('a=rtpmap:'))
      return [...shared, idle ? 'a=inactive' : 'a=recvonly', 'a=rtcp-mux', ...maps]
    }),
  ])
}

function trackLines(
  { mid, kind, direction, trackId }: OfferedTrack,
  more: Readonly<{ ssrc: number; ufrag: string }>,
): string[] {
  const codec = kind === 'audio' ? '111 opus/48000/2' : '96 VP8/90000'
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${codec.split(' ')[0]}`,
    ...transport(mid, 'actpass', more.ufrag),
    `a=${direction}`,
    'a=rtcp-mux',
    `a=rtpmap:${codec}`,
    'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid',
    `a=msid:stream ${trackId}`,
    `a=ssrc:${more.ssrc} cname:theirs`,
  ]
}

function session(mids: readonly string[]): string[] {
  return ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${mids.join(' ')}`]
}

function transport(mid: string, setup: string, ufrag: string): string[] {
  return [
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=ice-ufrag:${ufrag}`,
    'a=ice-pwd:0123456789012345678901',
    `a=fingerprint:sha-256 ${fingerprint}`,
    `a=setup:${setup}`,
  ]
}

function lines(all: readonly string[]): string {
  return `${all.join('\r\n')}\r\n`
}
