import type { TransportDescription } from '../../media/media-plane.ts'
import type { Result, SdpFault } from '../types.ts'
import descriptions from './descriptions.json' with { type: 'json' }

/**
 * Reads a description recorded from Chromium 156 or Firefox 153 (candidates taken out): `-data`, an offer
 * of data channels only; `-media`, then sound, simulcast (q, h, f) and plain video as well;
 * `-unpublished`, after the simulcast track's end; `-answer`, to an offer of ours with all codecs.
 * `rust-` are offers of LiveKit's Rust client, which begins with six placeholders that send nothing.
 */
export function recorded(name: keyof typeof descriptions): string {
  return `${descriptions[name].join('\r\n')}\r\n`
}

/** Returns the value of a result that must be one. */
export function must<T>(result: Result<T, SdpFault>): T {
  if (!result.ok) throw new Error(`${result.fault.code}: ${result.fault.why}`)
  return result.value
}

/** A transport on both protocols and both address families. */
export const transport: TransportDescription = {
  iceParameters: { usernameFragment: 'ufrag1', password: 'p'.repeat(32), iceLite: true },
  iceCandidates: [
    candidate('udp', '203.0.113.5', 1_076_558_079),
    candidate('udp', '2001:db8::5', 1_076_302_079),
    { ...candidate('tcp', '203.0.113.5', 1_076_276_479), tcpType: 'passive' },
  ],
  dtlsParameters: {
    role: 'auto',
    fingerprints: [
      { algorithm: 'sha-1', value: Array(20).fill('01').join(':') },
      { algorithm: 'sha-256', value: Array(32).fill('AB').join(':') },
    ],
  },
  sctpParameters: {
    port: 5000,
    maxSendMessageSize: 262_144,
    maxReceiveMessageSize: 262_144,
    sendBufferSize: 2_000_000,
    perStreamSendQueueLimit: 2_000_000,
    maxReceiverWindowBufferSize: 5_242_880,
    isDataChannel: true,
    OS: 1024,
    MIS: 1024,
    maxMessageSize: 262_144,
  },
}

function candidate(protocol: 'udp' | 'tcp', address: string, priority: number) {
  const foundation = `${protocol}candidate`
  return { foundation, priority, ip: address, address, protocol, port: 8443, type: 'host' } as const
}

/** The lines of a description that start with the words. */
export function linesOf(sdp: string, start: string): string[] {
  return sdp.split('\r\n').filter((line) => line.startsWith(start))
}

/** The lines of the section with that mid. */
export function sectionOf(sdp: string, mid: string): string[] {
  const sections = sdp.split(/\r\n(?=m=)/).slice(1)
  return (sections.find((section) => section.includes(`a=mid:${mid}\r\n`)) ?? '').split('\r\n')
}
