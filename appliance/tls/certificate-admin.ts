import { X509Certificate } from 'node:crypto'
import type { AcmeOrder, AcmeOrderRequest, CertificateDetails, CertificateNotice } from '#api'
import type { CertificateAdmin, CertificateChange } from '#ui'
import type { Config } from '../config/schema.ts'
import { isHttpsUrl, isMailAddress, isPublicHostName } from '../config/values.ts'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'
import { DEFAULT_DIRECTORY_URL } from './acme/settings.ts'
import type { CertificateLog, Certificates } from './certificate.ts'
import { issuerOf, namesOf, pemBlocks } from './certificate-facts.ts'
import { expiryWarning, GET_CERTIFICATE, nameWarning, wholeDays } from './certificate-words.ts'
import { examineUpload } from './examine-upload.ts'

/** What the certificate page works on. `host` is the name or IP that clients are given. */
export type CertificateAdminOptions = Readonly<{
  certificates: Certificates | undefined
  web: Config['web']
  host: string
  log: Pick<CertificateLog, 'info'>
  now?: () => number
}>

const DONE: CertificateChange = { ok: true }

/** Shows the certificate to the admin page and does what it asks, where the configuration leaves it a choice. */
export function createCertificateAdmin(options: CertificateAdminOptions): CertificateAdmin {
  const { certificates, host, web, log, now = Date.now } = options
  const fixed = (): CertificateChange | undefined =>
    web.tls.mode === 'self-signed' ? undefined : refused(fixedWords(web.tls.mode))
  return {
    details: () => describe(options),
    async upload(upload) {
      const refusal = fixed()
      if (refusal !== undefined || certificates === undefined) return refusal ?? DONE
      const examined = examineUpload(upload, { host, nowMs: now() })
      if (!examined.ok) return refused(examined.message)
      return keep(async () => {
        await certificates.choose({ source: 'uploaded' }, examined.pair)
        log.info({ fingerprint: certificates.certificate().fingerprint256 }, 'certificate uploaded')
      })
    },
    async order(request) {
      const fault = fixed() ?? checkRequest(request, web)
      if (fault !== undefined || certificates === undefined) return fault ?? DONE
      const { domain, email, directoryUrl, directoryCa, challenge } = request
      const acme = {
        domain: domain.toLowerCase(),
        email,
        directoryUrl,
        directoryCa: directoryCa || keptCa(certificates, directoryUrl),
        directoryCaFile: '',
        challenge,
      }
      return keep(async () => {
        await certificates.choose({ source: 'acme', acme })
        log.info({ domain, directoryUrl, challenge }, 'certificate ordered')
      })
    },
    orderNow() {
      if (certificates?.acme() === undefined) return refused('Nothing is on order. Order first.')
      const refusal = certificates.orderNow()
      return refusal === undefined ? DONE : refused(refusal)
    },
    async goBack() {
      const refusal = fixed()
      if (refusal !== undefined || certificates === undefined) return refusal ?? DONE
      return keep(async () => {
        await certificates.choose({ source: 'self-signed' })
        log.info({}, 'back to the self-signed certificate')
      })
    },
  }
}

/** Does what writes; what the operating system refuses, as on a full disk, is for the admin to mend. */
async function keep(work: () => Promise<void>): Promise<CertificateChange> {
  try {
    await work()
    return DONE
  } catch (error) {
    if (systemErrorCode(error) === undefined && !(error instanceof ApplianceError)) throw error
    return refused(
      `This could not be kept on the server: ${messageOf(error)}. Make room on its disk (df -h), and try again.`,
    )
  }
}

/** The root certificate that was given with the last order from the same authority. */
function keptCa(certificates: Certificates, directoryUrl: string): string {
  const settings = certificates.acme()?.settings
  return settings?.directoryUrl === directoryUrl ? settings.directoryCa : ''
}

function refused(message: string): CertificateChange {
  return { ok: false, message }
}

function fixedWords(mode: string): string {
  return `The configuration sets web.tls.mode to \`${mode}\`. Change the certificate there, or take the option out and restart, to choose here.`
}

function checkRequest(
  request: AcmeOrderRequest,
  web: Config['web'],
): CertificateChange | undefined {
  const { domain, email, directoryUrl, directoryCa, challenge, agreed } = request
  if (!isPublicHostName(domain)) {
    return refused(
      'The domain is a host name with a dot, such as calls.example.org, and no IP address.',
    )
  }
  if (email !== '' && !isMailAddress(email)) {
    return refused('That is no e-mail address. Correct it, or leave it empty.')
  }
  if (!isHttpsUrl(directoryUrl)) {
    return refused('The directory of the authority is a URL that begins with https://.')
  }
  if (directoryCa !== '' && !isCertificate(directoryCa)) {
    return refused(
      'The root certificate of the authority is a PEM text: it begins with -----BEGIN CERTIFICATE-----.',
    )
  }
  if (challenge === 'http-01' && !web.http_redirect) {
    return refused(
      'HTTP-01 needs plain HTTP: set web.http_redirect to true in the configuration and restart, or choose another way.',
    )
  }
  return agreed ? undefined : refused('Agree to the terms of the authority first.')
}

function isCertificate(text: string): boolean {
  const [block] = pemBlocks(text)
  if (block?.label !== 'CERTIFICATE') return false
  try {
    new X509Certificate(block.pem)
    return true
  } catch {
    return false
  }
}

function describe(options: CertificateAdminOptions): CertificateDetails {
  const { certificates, web, host, now = Date.now } = options
  return {
    atMs: now(),
    mode: web.tls.mode,
    served: certificates && describeServed(certificates, now()),
    notices: certificates ? noticesOf(certificates, options) : [],
    order: certificates && describeOrder(certificates),
    proposal: {
      domain: isPublicHostName(host) ? host : '',
      directoryUrl: DEFAULT_DIRECTORY_URL,
      answersHttp: web.http_redirect,
      httpPort: web.http_port,
      httpsPort: web.https_port,
    },
  }
}

function describeServed(certificates: Certificates, nowMs: number): CertificateDetails['served'] {
  const certificate = certificates.certificate()
  const { validFromDate, validToDate, fingerprint256 } = certificate
  return {
    source: certificates.source(),
    names: namesOf(certificate),
    issuer: issuerOf(certificate),
    validFromMs: validFromDate.getTime(),
    validUntilMs: validToDate.getTime(),
    daysLeft: wholeDays(validToDate.getTime(), nowMs),
    fingerprint: fingerprint256,
    chainLength: chainLengthOf(certificates),
  }
}

function describeOrder(certificates: Certificates): AcmeOrder | undefined {
  const status = certificates.acme()
  if (status === undefined) return undefined
  const { settings, isWorking, steps, problem, nextAttemptMs } = status
  const { domain, email, directoryUrl, directoryCa, directoryCaFile, challenge } = settings
  const hasOwnCa = directoryCa !== '' || directoryCaFile !== ''
  const about = { domain, email, directoryUrl, hasOwnCa, challenge }
  return { ...about, isWorking, steps, problem, nextAttemptMs }
}

function chainLengthOf(certificates: Certificates): number {
  return pemBlocks(certificates.keyPair().cert).length - 1
}

function noticesOf(
  certificates: Certificates,
  { host, web, now = Date.now }: CertificateAdminOptions,
): readonly CertificateNotice[] {
  const notices: CertificateNotice[] = []
  const source = certificates.source()
  const expiry = expiryWarning(certificates.life(), now())
  if (expiry !== undefined) {
    const { expired, message, fix } = expiry
    notices.push({ tone: expired ? 'bad' : 'warn', message, fix })
  }
  if (source === 'self-signed') return [...notices, selfSignedNotice(certificates, web.tls.mode)]
  const certificate = certificates.certificate()
  const misnamed = nameWarning(certificate, source, host)
  if (misnamed !== undefined) notices.push({ tone: 'bad', ...misnamed })
  if (chainLengthOf(certificates) === 0 && certificate.subject !== certificate.issuer) {
    const message =
      'No certificate of the authority comes with it: phones and some programs may refuse it.'
    const fix = 'Use the file with the whole chain, which authorities often call fullchain.pem.'
    notices.push({ tone: 'warn', message, fix })
  }
  return notices
}

function selfSignedNotice(certificates: Certificates, mode: string): CertificateNotice {
  const [message, fix] =
    certificates.wanted() === 'uploaded'
      ? [
          'The uploaded certificate cannot be read any more: a self-signed one is shown.',
          'Upload it again.',
        ]
      : [
          'The certificate is self-signed: browsers warn, apps may refuse it, and no browser uses TURN over TLS.',
          mode === 'self-signed'
            ? 'Order or upload one for your host name below.'
            : GET_CERTIFICATE,
        ]
  return { tone: 'warn', message, fix }
}
