import type { ParseFault, Result } from '../result.ts'
import type { StunMessage, TransactionId } from '../stun-message.ts'

/** Turns one attribute's value from and into bytes; addresses need the transaction id (RFC 8489 §14.2). */
export interface AttributeCodec<T> {
  readonly type: number
  decode(value: Uint8Array, transactionId: TransactionId): Result<T, ParseFault>
  encode(value: T, transactionId: TransactionId): Uint8Array
}

/** What {@link readAttributes} finds: a value by the codec's name, undefined where the message has none. */
export type AttributeValues<C> = {
  readonly [K in keyof C]: C[K] extends AttributeCodec<infer T> ? T | undefined : never
}

/** Reads the first attribute of each asked type, the only one that counts (RFC 8489 §14); the first bad one is the fault. */
export function readAttributes<C extends Readonly<Record<string, AttributeCodec<unknown>>>>(
  message: StunMessage,
  codecs: C,
): Result<AttributeValues<C>, ParseFault> {
  const values: Record<string, unknown> = {}
  for (const [name, codec] of Object.entries(codecs)) {
    const raw = message.attributes.find(({ type }) => type === codec.type)
    if (!raw) continue
    const decoded = codec.decode(raw.value, message.transactionId)
    if (!decoded.ok) return decoded
    values[name] = decoded.value
  }
  return { ok: true, value: values as AttributeValues<C> }
}

/** Reads every attribute of one type, in order. */
export function readAll<T>(
  message: StunMessage,
  codec: AttributeCodec<T>,
): Result<readonly T[], ParseFault> {
  const values: T[] = []
  for (const { type, value } of message.attributes) {
    if (type !== codec.type) continue
    const decoded = codec.decode(value, message.transactionId)
    if (!decoded.ok) return decoded
    values.push(decoded.value)
  }
  return { ok: true, value: values }
}
