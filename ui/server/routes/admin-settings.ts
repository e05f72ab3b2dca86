import type { Router } from '@koa/router'
import { z } from 'zod'
import { audit } from '../audit.ts'
import { refuse, type UiContext, type UiState } from '../context.ts'
import type { SettingsAdmin, SettingsOutcome } from '../deps.ts'
import { parseInput } from '../input.ts'
import { jsonBody } from '../middleware/json-body.ts'
import { mayChange } from '../middleware/may-change.ts'
import { requireSession } from '../middleware/session.ts'
import type { Services } from '../services.ts'

const MAX_OPTIONS = 200
const MAX_TEXT = 8192
const MAX_ENTRIES = 1000

const text = z.string().max(MAX_TEXT)
const texts = z.array(z.string().max(1024)).max(MAX_ENTRIES)
const map = z.record(z.string().max(256), z.string().max(1024)).refine(hasFew, 'too many entries')
const value = z.union([z.null(), z.boolean(), z.number(), text, texts, map])
const values = z.record(z.string().max(200), value).refine(hasFew, 'too many options')
const proposalSchema = z.strictObject({ values })
const saveSchema = z.strictObject({ values, restart: z.boolean().optional() })

function hasFew(entries: object): boolean {
  return Object.keys(entries).length <= MAX_OPTIONS && !Object.hasOwn(entries, '__proto__')
}

/** What the settings page shows and does. Whether a value is good the appliance's own checks say; no secret is answered. */
export function adminSettingsRoutes(router: Router<UiState>, services: Services): void {
  const { sessions } = services
  const { settings } = services.deps
  if (!settings) return
  const root = '/api/admin/settings'

  router.get(root, requireSession(sessions), async (ctx) => {
    ctx.body = await settings.details()
  })
  router.post(`${root}/preview`, ...mayChange(services), jsonBody, async (ctx) => {
    const body = parseInput(ctx, proposalSchema, ctx.request.body)
    if (body) ctx.body = await settings.preview(body)
  })
  router.post(root, ...mayChange(services), jsonBody, async (ctx) => {
    const body = parseInput(ctx, saveSchema, ctx.request.body)
    if (!body) return
    const saved = await settings.save({ values: body.values }, accountOf(ctx))
    if (saved.ok) audit(ctx, services, 'settings.saved', `saved ${pathsOf(saved)}`)
    if (!saved.ok || body.restart !== true) return answer(ctx, settings, saved)
    const restarted = await settings.restart(accountOf(ctx))
    if (restarted.ok) audit(ctx, services, 'restart', 'restarted the appliance')
    await answer(ctx, settings, restarted)
  })
  router.post(`${root}/versions/:id/restore`, ...mayChange(services), async (ctx) => {
    const restored = await settings.restore(String(ctx.params['id']), accountOf(ctx))
    if (restored.ok) {
      audit(
        ctx,
        services,
        'settings.restored',
        `went back to earlier settings: ${pathsOf(restored)}`,
      )
    }
    await answer(ctx, settings, restored)
  })
  router.post('/api/admin/restart', ...mayChange(services), async (ctx) => {
    const restarted = await settings.restart(accountOf(ctx))
    if (restarted.ok) audit(ctx, services, 'restart', 'restarted the appliance')
    await answer(ctx, settings, restarted)
  })
}

function pathsOf({ changes }: Extract<SettingsOutcome, { ok: true }>): string {
  return changes.map(({ path }) => path).join(', ')
}

/** The account, or the token, that a request acts for. */
function accountOf(ctx: UiContext): string {
  return ctx.state.login?.by ?? ''
}

async function answer(
  ctx: UiContext,
  settings: SettingsAdmin,
  outcome: SettingsOutcome,
): Promise<void> {
  if (outcome.ok) ctx.body = await settings.details()
  else refuse(ctx, 'SETTINGS_REFUSED', outcome.message)
}
