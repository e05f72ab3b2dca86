import { parse } from 'sdp-transform'
import { connectionOf } from './connection-attributes.ts'
import type { RemoteDescription, RemoteSection, Result, SdpFault, SectionKind } from './types.ts'

const maxDescriptionLength = 512 * 1024
const maxLineLength = 4096
const maxSections = 300

/** What `sdp-transform` gives, with the fields it may leave out marked so. */
type Parsed = ReturnType<typeof parse>
type ParsedSection = Parsed['media'][number]

/** Parses a client's offer; the DTLS role is `auto` for `a=setup:actpass`. */
export function parseOffer(sdp: string): Result<RemoteDescription, SdpFault> {
  return parseDescription(sdp, 'offer')
}

/** Parses a client's answer; its DTLS role must be decided (RFC 8842 §5.3). */
export function parseAnswer(sdp: string): Result<RemoteDescription, SdpFault> {
  return parseDescription(sdp, 'answer')
}

function parseDescription(
  sdp: string,
  type: 'offer' | 'answer',
): Result<RemoteDescription, SdpFault> {
  const lines = sdp.length > maxDescriptionLength ? undefined : sdp.split(/\r\n|\r|\n/)
  if (!lines) return fault('tooLarge', `longer than ${maxDescriptionLength} characters`)
  if (lines.some((line) => line.length > maxLineLength)) {
    return unsupported(`line longer than ${maxLineLength} characters`)
  }
  const sectionCount = lines.filter((line) => line.startsWith('m=')).length
  if (sectionCount === 0) return fault('unparsable', 'no m= line')
  if (sectionCount > maxSections) return fault('tooLarge', `more than ${maxSections} m-sections`)

  const session = parse(sdp)
  const sections: RemoteSection[] = []
  const msids = msidValues(lines)
  for (const [index, media] of session.media.entries()) {
    const section = parseSection(media, session, msids[index])
    if (!section.ok) return section
    sections.push(section.value)
  }
  const why = bundleObstacle(session, sections)
  if (why) return unsupported(why)

  const connection = connectionOf(session, type)
  if (!connection.ok) return connection
  const extmapAllowMixed =
    session.extmapAllowMixed !== undefined ||
    session.media.some((media) => media.extmapAllowMixed !== undefined)
  return { ok: true, value: { ...connection.value, sections, extmapAllowMixed } }
}

function parseSection(
  media: ParsedSection,
  session: Parsed,
  msid: string | undefined,
): Result<RemoteSection, SdpFault> {
  // An m= line that sdp-transform could not read leaves a section without these.
  const mid = media.mid === undefined ? '' : String(media.mid)
  if (!isToken(mid)) return fault('incomplete', 'an m-section has no usable mid')
  const kind = kindOf(media)
  if (!kind)
    return unsupported(`m-section ${mid} is neither SAVPF audio or video nor DTLS/SCTP data`)
  const [streamId, trackId] = (msid ?? ssrcMsid(media) ?? '').split(' ')
  return {
    ok: true,
    value: {
      mid,
      kind,
      direction: isRejected(media) ? 'inactive' : directionOf(media, session),
      streamId: withoutBraces(streamId),
      trackId: withoutBraces(trackId),
      media,
    },
  }
}

function kindOf({ type, protocol }: ParsedSection): SectionKind | undefined {
  const isRtp = /^(UDP|TCP)\/TLS\/RTP\/SAVPF$/i.test(String(protocol))
  const isSctp = /^((UDP|TCP)\/)?DTLS\/SCTP$/i.test(String(protocol))
  if ((type === 'audio' || type === 'video') && isRtp) return type
  return type === 'application' && isSctp ? type : undefined
}

function directionOf(media: ParsedSection, session: Parsed) {
  return media.direction ?? session.direction ?? 'sendrecv'
}

/** Says why the description is not one transport, `undefined` when it is (RFC 9143, RFC 8834 §4.5). */
function bundleObstacle(session: Parsed, sections: readonly RemoteSection[]): string | undefined {
  const mids = new Set(sections.map(({ mid }) => mid))
  if (mids.size < sections.length) return 'two m-sections have the same mid'
  const alive = sections.filter(({ media }) => !isRejected(media))
  const bundle = session.groups?.find(({ type }) => type === 'BUNDLE')
  const bundled = new Set(String(bundle?.mids ?? '').split(' '))
  if (alive.length > 1 && !alive.every(({ mid }) => bundled.has(mid))) {
    return 'not all m-sections are in one BUNDLE group'
  }
  const isSplit = ({ kind, direction, media }: RemoteSection) =>
    kind !== 'application' && direction !== 'inactive' && media.rtcpMux === undefined
  return alive.some(isSplit) ? 'RTP without rtcp-mux' : undefined
}

/** A port of 0 refuses the section, except beside `a=bundle-only` (RFC 9143 §6). */
function isRejected(media: ParsedSection): boolean {
  return media.port === 0 && media.bundleOnly === undefined
}

/** The value of each section's first `a=msid` line; sdp-transform does not read Firefox's braces. */
function msidValues(lines: readonly string[]): (string | undefined)[] {
  const values: (string | undefined)[] = []
  for (const line of lines) {
    if (line.startsWith('m=')) values.push(undefined)
    else if (line.startsWith('a=msid:') && values.length > 0) {
      values[values.length - 1] ??= line.slice('a=msid:'.length)
    }
  }
  return values
}

function ssrcMsid(media: ParsedSection): string | undefined {
  const value = media.ssrcs?.find(({ attribute }) => attribute === 'msid')?.value
  return value === undefined ? undefined : String(value)
}

function withoutBraces(word: string | undefined): string | undefined {
  const bare = word?.replace(/^\{(.*)\}$/, '$1')
  return bare === '' || bare === '-' ? undefined : bare
}

/** An SDP token of at most 32 characters (RFC 8866 §9), which a mid is. */
function isToken(text: string): boolean {
  return /^[\w!#$%&'*+\-.^`{|}~]{1,32}$/.test(text)
}

function unsupported(why: string) {
  return fault('unsupported', why)
}

function fault(code: SdpFault['code'], why: string): Readonly<{ ok: false; fault: SdpFault }> {
  return { ok: false, fault: { code, why } }
}
