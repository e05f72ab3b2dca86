import { paddedLength, setUint16, uint16At } from './bytes.ts'
import { failure, type ParseFault, type Result, success } from './result.ts'

declare const brand: unique symbol

/** A channel number a client may bind (RFC 8656 §12); see {@link isChannelNumber}. */
export type ChannelNumber = number & { readonly [brand]: 'ChannelNumber' }

/** A channel's message; `payload` is a view. */
export type ChannelData = Readonly<{ channel: ChannelNumber; payload: Uint8Array }>

/** Bytes before the payload (RFC 8656 §12.4). */
export const channelHeaderLength = 4
const lowestChannel = 0x4000 // RFC 8656 §12
const highestStrictChannel = 0x4fff // RFC 8656 §12
const highestChannel = 0x7ffe // RFC 5766 §11; RFC 8656 §12 narrowed it to 0x4FFF, older clients use all of it

/** Whether a number can name a channel, by the wider range of RFC 5766 §11 that older clients use. */
export function isChannelNumber(value: number): value is ChannelNumber {
  return Number.isInteger(value) && value >= lowestChannel && value <= highestChannel
}

/** Whether a channel number is one of RFC 8656 §12. */
export function isStrictChannelNumber(value: ChannelNumber): boolean {
  return value <= highestStrictChannel
}

/** Parses a ChannelData message; padding after the payload is allowed (RFC 8656 §12.5). */
export function parseChannelData(bytes: Uint8Array): Result<ChannelData, ParseFault> {
  if (bytes.length < channelHeaderLength) return failure('too-short')
  const channel = uint16At(bytes, 0)
  if (!isChannelNumber(channel)) return failure('bad-attribute')
  const end = channelHeaderLength + uint16At(bytes, 2)
  if (end > bytes.length || bytes.length > paddedLength(end)) return failure('bad-length')
  return success({ channel, payload: bytes.subarray(channelHeaderLength, end) })
}

/** Encodes a ChannelData message; `padded` for streams, where it is required (RFC 8656 §12.5). */
export function encodeChannelData(
  channel: ChannelNumber,
  payload: Uint8Array,
  padded: boolean,
): Uint8Array {
  const length = channelHeaderLength + payload.length
  const bytes = Buffer.allocUnsafe(padded ? paddedLength(length) : length)
  setUint16(bytes, 0, channel)
  setUint16(bytes, 2, payload.length)
  bytes.set(payload, channelHeaderLength)
  if (padded) bytes.fill(0, length)
  return bytes
}
