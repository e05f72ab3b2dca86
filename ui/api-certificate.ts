/**
 * The wire types of the certificate page (`#api` hands them on). Types only: nothing here runs. Times are
 * milliseconds since the Unix epoch. No private key is among them.
 */

/** A certificate that has run out or soon will; both texts are sentences. */
export type CertificateAlarm = Readonly<{ expired: boolean; message: string; fix: string }>

/** Where a certificate comes from that is served. */
export type CertificateOrigin = 'self-signed' | 'files' | 'uploaded' | 'acme'

/** The certificate in use. `names` are host names and IPs, `fingerprint` is SHA-256 as browsers show it. */
export type ServedCertificate = Readonly<{
  source: CertificateOrigin
  names: readonly string[]
  issuer: string
  validFromMs: number
  validUntilMs: number
  daysLeft: number
  fingerprint: string
  /** How many certificates of authorities are sent with it. */
  chainLength: number
}>

/** Something to do about the certificate: `bad` is what keeps people out. Both texts are sentences. */
export type CertificateNotice = Readonly<{ tone: 'warn' | 'bad'; message: string; fix: string }>

/** How an authority may look whether the domain is ours; `auto` is whichever works. */
export type AcmeChallenge = 'auto' | 'http-01' | 'tls-alpn-01'

/** An order with an ACME authority. `steps` are what the latest attempt did, oldest first. */
export type AcmeOrder = Readonly<{
  domain: string
  email: string
  directoryUrl: string
  hasOwnCa: boolean
  challenge: AcmeChallenge
  isWorking: boolean
  steps: readonly Readonly<{ atMs: number; text: string }>[]
  problem: Readonly<{ message: string; fix: string }> | undefined
  /** When it is tried again or renewed. */
  nextAttemptMs: number | undefined
}>

/** `GET /api/admin/certificate`: the facts behind the certificate page. */
export type CertificateDetails = Readonly<{
  atMs: number
  /** `web.tls.mode`; only with the default, `self-signed`, may the page choose. */
  mode: 'self-signed' | 'files' | 'acme' | 'off'
  /** `undefined` with mode `off`. */
  served: ServedCertificate | undefined
  notices: readonly CertificateNotice[]
  /** `undefined` where no authority is asked. */
  order: AcmeOrder | undefined
  /** What a form may begin with. */
  proposal: Readonly<{
    /** The name that people call this server by, empty when that is an IP. */
    domain: string
    directoryUrl: string
    /** Whether plain HTTP is answered for everybody, without which HTTP-01 is in vain. */
    answersHttp: boolean
    httpPort: number
    httpsPort: number
  }>
}>

/** `POST /api/admin/certificate/order`. `directoryCa` is PEM or empty. */
export type AcmeOrderRequest = Readonly<{
  domain: string
  email: string
  directoryUrl: string
  directoryCa: string
  challenge: AcmeChallenge
  /** The terms of the authority. */
  agreed: boolean
}>

/** `POST /api/admin/certificate/upload`: PEM texts. */
export type CertificateUpload = Readonly<{ cert: string; key: string }>
