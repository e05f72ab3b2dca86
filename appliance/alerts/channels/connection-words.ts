import { systemErrorCode } from '../../errors.ts'

/** What codes of a connection that failed mean; the texts of such errors may hold the address with its secret. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it hung up',
  EPIPE: 'it hung up',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host’s name could not be looked up',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it did not answer in time',
  ABORT_ERR: 'it did not answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an authority that this system does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is of an authority that this system does not trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is of an authority that this system does not trust',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  EPROTO: 'it does not speak TLS there',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there',
}

/** Says why a connection failed, without the words of the error itself. */
export function connectionWords(error: unknown): string {
  const code = codeOf(error)
  const known = WORDS[code] ?? WORDS[codeInMessage(error)]
  if (known !== undefined) return known
  const message = error instanceof Error ? error.message : ''
  if (/certificate/i.test(message)) return 'its certificate is not trusted here'
  return `the connection failed${code === '' ? '' : ` (${code})`}`
}

function codeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'ABORT_ERR'
  return systemErrorCode(error) ?? ''
}

/** nodemailer puts codes of its own in the place of the system's, which the message still begins with. */
function codeInMessage(error: unknown): string {
  const [code = ''] = /\bE[A-Z]{3,15}\b/.exec(error instanceof Error ? error.message : '') ?? []
  return code
}
