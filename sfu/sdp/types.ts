import type { types } from 'mediasoup'
import type { MediaDescription } from 'sdp-transform'

/** A value, or why there is none. Anyone on the network can cause the fault, so it is never thrown. */
export type Result<T, F> = Readonly<{ ok: true; value: T }> | Readonly<{ ok: false; fault: F }>

/** Why a session description cannot be used. `why` is for logs and for the client's developer. */
export type SdpFault = Readonly<{
  /** `tooLarge`: a long visit's description, which keeps a section for every track there ever was. */
  code: 'unparsable' | 'unsupported' | 'incomplete' | 'tooLarge'
  why: string
}>

/** What an m-section carries. */
export type SectionKind = 'audio' | 'video' | 'application'
/** Who sends in a section, seen from the one who wrote it (RFC 8866 §6.7). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** One m-section of a client's offer or answer. */
export type RemoteSection = Readonly<{
  mid: string
  kind: SectionKind
  direction: Direction
  /** First and second word of `a=msid` (RFC 8830), braces removed; `-` gives `undefined`. */
  streamId: string | undefined
  trackId: string | undefined
  /** The parsed section, for this folder's own use. */
  media: MediaDescription
}>

/** A client's session description, parsed and checked. */
export type RemoteDescription = Readonly<{
  iceUfrag: string
  icePwd: string
  /** Fingerprints, and the client's role: `auto` where it left the choice (`actpass`). */
  dtlsParameters: types.DtlsParameters
  sections: readonly RemoteSection[]
  extmapAllowMixed: boolean
}>

/** What our answer says of one offered section. */
export type SectionAnswer =
  | Readonly<{ accept: 'data' }>
  /** We receive it; `rtpParameters` are those that were (or will be) given to produce(). */
  | Readonly<{ accept: 'receive'; rtpParameters: types.RtpParameters; opus?: OpusAnswer }>
  | Readonly<{ accept: 'inactive' }>

/** What the answer's fmtp asks of the client's Opus encoder. */
export type OpusAnswer = Readonly<{ dtx: boolean; stereo: boolean }>

/** One media section of the offers that we make to a subscriber; its place and mid never change. */
export type OfferSlot = Readonly<{
  mid: string
  kind: 'audio' | 'video'
  /** `undefined` makes the section inactive. */
  sending:
    | Readonly<{ rtpParameters: types.RtpParameters; streamId: string; trackId: string }>
    | undefined
}>

/*
 * The functions of this folder (all pure):
 *   parse-description.ts  parseOffer(sdp), parseAnswer(sdp): Result<RemoteDescription, SdpFault>
 *   rtp-parameters.ts     rtpParametersFor(section, { cname, codec, routerCapabilities }): Result<RtpParameters, SdpFault>
 *                           — `codec`: the mime type wanted first, e.g. 'video/VP8', undefined for the section's first usable
 *                         receiveCapabilities(section[]): RtpCapabilities — what a client that offered these can receive,
 *                           narrowed to the router's codecs, extension ids the router's preferred ones
 *   encode-answer.ts      encodeAnswer({ offer, transport, answers: ReadonlyMap<mid, SectionAnswer>, version }): string
 *   encode-offer.ts       encodeOffer({ transport, slots, version, dataMid }): string
 * `transport` is a TransportDescription of `../media/media-plane.ts`, `version` the o= line's, rising with each description.
 */
