/** Either a value or the reason there is none; anybody on the network can cause a fault, so it is not thrown. */
export type Result<T, F> = Readonly<{ ok: true; value: T }> | Readonly<{ ok: false; fault: F }>

/** Why bytes are not a message or an attribute is not what its type says. */
export type ParseFault =
  | 'too-short'
  | 'bad-length'
  | 'bad-cookie'
  | 'bad-attribute'
  | 'bad-fingerprint'

/** Wraps a value as a successful result. */
export function success<T>(value: T): Readonly<{ ok: true; value: T }> {
  return { ok: true, value }
}

/** Wraps a reason as a failed result. */
export function failure<F>(fault: F): Readonly<{ ok: false; fault: F }> {
  return { ok: false, fault }
}
