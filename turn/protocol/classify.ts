/** Tells by the first byte what shares the port: STUN 0–3, TURN channels 64–79 and older clients' up to 127 (RFC 7983 §7). */
export function classify(bytes: Uint8Array): 'stun' | 'channelData' | 'other' {
  const first = bytes[0]
  if (first === undefined) return 'other'
  if (first <= 3) return 'stun'
  return first >= 64 && first <= 127 ? 'channelData' : 'other'
}
