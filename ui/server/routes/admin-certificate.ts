import type { Router } from '@koa/router'
import { z } from 'zod'
import { audit } from '../audit.ts'
import { refuse, type UiContext, type UiState } from '../context.ts'
import type { CertificateChange } from '../deps.ts'
import { parseInput } from '../input.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChange } from '../middleware/may-change.ts'
import { requireSession } from '../middleware/session.ts'
import type { Services } from '../services.ts'

/** Chains are some kilobytes long, keys fewer. */
const MAX_PEM_LENGTH = 48_000

const pem = z.string().max(MAX_PEM_LENGTH)
const uploadSchema = z.object({ cert: pem, key: pem })
const orderSchema = z.object({
  domain: z.string().trim().max(253),
  email: z.string().trim().max(254),
  directoryUrl: z.string().trim().max(2000),
  directoryCa: pem,
  challenge: z.enum(['auto', 'http-01', 'tls-alpn-01']),
  agreed: z.boolean(),
})

/** What the certificate page shows and does. What changes is audited; no private key is ever answered. */
export function adminCertificateRoutes(router: Router<UiState>, services: Services): void {
  const { sessions } = services
  const { certificate } = services.deps
  if (!certificate) return
  const root = '/api/admin/certificate'

  router.get(root, requireSession(sessions), (ctx) => {
    ctx.body = certificate.details()
  })
  const answer = (
    ctx: UiContext,
    change: CertificateChange,
    [action, text]: readonly [string, string],
  ): void => {
    if (!change.ok) {
      refuse(ctx, 'CERTIFICATE_REFUSED', change.message)
      return
    }
    audit(ctx, services, `certificate.${action}`, text)
    ctx.body = certificate.details()
  }
  router.post(`${root}/upload`, ...mayChange(services), jsonBody, async (ctx) => {
    const body = parseInput(ctx, uploadSchema, ctx.request.body)
    if (!body) return
    answer(ctx, await certificate.upload(body), ['uploaded', 'uploaded a certificate'])
  })
  router.post(`${root}/order`, ...mayChange(services), jsonBody, async (ctx) => {
    const body = parseInput(ctx, orderSchema, ctx.request.body)
    if (!body) return
    const text = `ordered a certificate for ${body.domain}`
    answer(ctx, await certificate.order(body), ['ordered', text])
  })
  router.post(`${root}/order/now`, ...mayChange(services), (ctx) => {
    const text = 'asked the authority for the certificate again'
    answer(ctx, certificate.orderNow(), ['ordered', text])
  })
  router.post(`${root}/self-signed`, ...mayChange(services), async (ctx) => {
    const text = 'went back to the self-signed certificate'
    answer(ctx, await certificate.goBack(), ['self-signed', text])
  })
}
