import type { Router } from '@koa/router'
import { z } from 'zod'
import type { ConnectTrial, LivekitSecret } from '#api'
import { audit } from '../audit.ts'
import { refuse, type UiState } from '../context.ts'
import type { ConnectAdmin } from '../deps.ts'
import { parseInput } from '../input.ts'
import { limitAttempts } from '../middleware/attempts.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChange, requireBrowser } from '../middleware/may-change.ts'
import { requireSession } from '../middleware/session.ts'
import { provenOwner } from '../proof.ts'
import type { Services } from '../services.ts'

const ROOT = '/api/admin/connect'

const passwordSchema = z.object({ password: z.string().max(4096) })

/** What the page "Connect" shows and does. Everything that changes or shows something secret is audited. */
export function adminConnectRoutes(router: Router<UiState>, services: Services): void {
  const { sessions } = services
  const { connect } = services.deps
  if (!connect) return

  router.get(ROOT, requireSession(sessions), (ctx) => {
    ctx.body = connect.details()
  })
  router.post(`${ROOT}/test`, ...mayChange(services), async (ctx) => {
    audit(ctx, services, 'connect.test', 'tried the appliance as a chat server does')
    await connect.runTests()
    ctx.body = connect.details()
  })
  router.post(`${ROOT}/trial`, ...mayChange(services), async (ctx) => {
    const trial: ConnectTrial = await connect.issueTrial()
    audit(ctx, services, 'connect.trial', 'got a token to try a call from a browser')
    ctx.body = trial
  })
  keyRoutes(router, services, connect)
}

function keyRoutes(router: Router<UiState>, services: Services, connect: ConnectAdmin): void {
  const keys = `${ROOT}/livekit-keys`

  router.post(keys, ...mayChange(services), async (ctx) => {
    const rotation = await connect.rotateKey()
    if (!rotation.ok) return refuse(ctx, 'LIVEKIT_KEYS_FIXED', rotation.message)
    const { key, secret } = rotation
    const text = `made the LiveKit key ${key}; the one before holds until it is retired`
    audit(ctx, services, 'livekit.key.rotated', text)
    ctx.body = { key, secret } satisfies LivekitSecret
  })
  router.delete(`${keys}/:key`, ...mayChange(services), async (ctx) => {
    const { key } = ctx.params
    if (key === undefined || !(await connect.retireKey(key))) {
      return refuse(ctx, 'LIVEKIT_KEY_UNKNOWN')
    }
    audit(ctx, services, 'livekit.key.retired', `retired the LiveKit key ${key}`)
    ctx.body = connect.details()
  })
  router.post(
    `${keys}/:key/reveal`,
    ...mayChange(services),
    requireBrowser,
    jsonBody,
    limitAttempts(services),
    async (ctx) => {
      const body = parseInput(ctx, passwordSchema, ctx.request.body)
      if (!body || !(await provenOwner(services, ctx, body.password))) return
      const { key = '' } = ctx.params
      const secret = connect.revealSecret(key)
      if (secret === undefined) return refuse(ctx, 'LIVEKIT_KEY_UNKNOWN')
      audit(ctx, services, 'livekit.key.revealed', `looked at the secret of the LiveKit key ${key}`)
      ctx.body = { key, secret } satisfies LivekitSecret
    },
  )
}
