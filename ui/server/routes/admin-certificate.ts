import type { Router } from '@koa/router'
import { z } from 'zod'
import { refuse, type UiContext, type UiState } from '../context.ts'
import type { CertificateAdmin, CertificateChange } from '../deps.ts'
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

/** What the certificate page shows and does. What changes is logged; no private key is ever answered. */
export function adminCertificateRoutes(router: Router<UiState>, services: Services): void {
  const { sessions } = services
  const { certificate } = services.deps
  if (!certificate) return
  const root = '/api/admin/certificate'

  router.get(root, requireSession(sessions), (ctx) => {
    ctx.body = certificate.details()
  })
  router.post(`${root}/upload`, ...mayChange(services), jsonBody, async (ctx) => {
    const body = parseInput(ctx, uploadSchema, ctx.request.body)
    if (!body) return
    answer(ctx, certificate, await certificate.upload(body))
  })
  router.post(`${root}/order`, ...mayChange(services), jsonBody, async (ctx) => {
    const body = parseInput(ctx, orderSchema, ctx.request.body)
    if (!body) return
    answer(ctx, certificate, await certificate.order(body))
  })
  router.post(`${root}/order/now`, ...mayChange(services), (ctx) => {
    answer(ctx, certificate, certificate.orderNow())
  })
  router.post(`${root}/self-signed`, ...mayChange(services), async (ctx) => {
    answer(ctx, certificate, await certificate.goBack())
  })
}

function answer(ctx: UiContext, certificate: CertificateAdmin, change: CertificateChange): void {
  if (change.ok) ctx.body = certificate.details()
  else refuse(ctx, 'CERTIFICATE_REFUSED', change.message)
}
