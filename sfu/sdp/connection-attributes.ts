import type { types } from 'mediasoup'
import type { MediaDescription, SessionDescription, SharedAttributes } from 'sdp-transform'
import type { RemoteDescription, Result, SdpFault } from './types.ts'

type Connection = Pick<RemoteDescription, 'iceUfrag' | 'icePwd' | 'dtlsParameters'>

/** Bytes of each hash a certificate fingerprint may use (RFC 8122 §5). */
const hashBytes: ReadonlyMap<types.FingerprintAlgorithm, number> = new Map([
  ['sha-1', 20],
  ['sha-224', 28],
  ['sha-256', 32],
  ['sha-384', 48],
  ['sha-512', 64],
] as const)

/** Reads the ICE credentials, fingerprint and DTLS role of a bundled description's one transport. */
export function connectionOf(
  session: SessionDescription,
  type: 'offer' | 'answer',
): Result<Connection, SdpFault> {
  const places: readonly SharedAttributes[] = [...session.media.filter(isUsed), session]
  const ice = places.find(({ iceUfrag, icePwd }) => iceUfrag !== undefined && icePwd !== undefined)
  const iceUfrag = String(ice?.iceUfrag ?? '')
  const icePwd = String(ice?.icePwd ?? '')
  // RFC 8839 §5.4.
  if (!/^[\w+/-]{4,256}$/.test(iceUfrag) || !/^[\w+/-]{22,256}$/.test(icePwd)) {
    return incomplete('no usable ice-ufrag and ice-pwd')
  }
  if (session.icelite !== undefined) {
    return { ok: false, fault: { code: 'unsupported', why: 'both sides are ice-lite' } }
  }
  const fingerprint = fingerprintOf(places)
  if (!fingerprint) return incomplete('no usable fingerprint')
  const role = roleOf(places.find(({ setup }) => setup !== undefined)?.setup)
  if (!role || (role === 'auto' && type === 'answer')) return incomplete('no usable setup role')
  return {
    ok: true,
    value: { iceUfrag, icePwd, dtlsParameters: { role, fingerprints: [fingerprint] } },
  }
}

function isUsed({ port, bundleOnly }: MediaDescription): boolean {
  return port !== 0 || bundleOnly !== undefined
}

function fingerprintOf(places: readonly SharedAttributes[]): types.DtlsFingerprint | undefined {
  const found = places.find(({ fingerprint }) => fingerprint !== undefined)?.fingerprint
  const algorithm = String(found?.type).toLowerCase()
  const value = String(found?.hash).toUpperCase()
  if (!isAlgorithm(algorithm) || !/^[0-9A-F]{2}(:[0-9A-F]{2})*$/.test(value)) return undefined
  return value.split(':').length === hashBytes.get(algorithm) ? { algorithm, value } : undefined
}

function isAlgorithm(name: string): name is types.FingerprintAlgorithm {
  return [...hashBytes.keys()].some((known) => known === name)
}

/** The DTLS role a `setup` value gives its sender (RFC 8842 §5.2). */
function roleOf(setup: string | undefined): types.DtlsRole | undefined {
  if (setup === 'actpass') return 'auto'
  if (setup === 'active') return 'client'
  return setup === 'passive' ? 'server' : undefined
}

function incomplete(why: string): Readonly<{ ok: false; fault: SdpFault }> {
  return { ok: false, fault: { code: 'incomplete', why } }
}
