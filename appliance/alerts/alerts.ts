import type { AlertDetails, AlertEvent, AlertStatus, AlertTestAnswer, Status } from '#api'
import { type AlertMemory, type AlertStore, EMPTY_MEMORY, MAX_EVENTS } from './alert-state.ts'
import { AlertWindow } from './alert-window.ts'
import type { Channel } from './channels/channel.ts'
import type { AlertMessage, AlertNotice } from './message.ts'
import { Outbox, type OutboxDeps } from './outbox.ts'
import type { AlertFacts, AlertRule, Measured } from './rule.ts'
import { newStanding, type Standing, step } from './standing.ts'

/** What alerts are made of. */
export type AlertsOptions = OutboxDeps &
  Readonly<{
    rules: readonly AlertRule[]
    channels: readonly Channel[]
    store: AlertStore
    /** What the status does not hold. */
    surroundings: () => Omit<AlertFacts, 'status'>
    /** What links start with. */
    publicOrigin: string
  }>

/** What changes within so long is told in one message. */
const GATHER_MS = 10_000

type Kept = { rule: AlertRule; standing: Standing; measured: Measured | undefined }

/** Judges the rules each second, remembers how they stand, and tells people of changes. */
export class Alerts {
  readonly #options: AlertsOptions
  readonly #window = new AlertWindow()
  readonly #kept = new Map<string, Kept>()
  readonly #outboxes: readonly Outbox[]
  readonly #silences = new Map<string, number>()
  readonly #told = new Set<string>()
  #events: readonly AlertEvent[] = []
  #callOff: (() => void) | undefined
  #saving: Promise<void> = Promise.resolve()
  #atMs: number

  constructor(options: AlertsOptions) {
    this.#options = options
    this.#atMs = options.now()
    this.#outboxes = options.channels.map((channel) => new Outbox(channel, options))
    for (const rule of options.rules) {
      this.#kept.set(rule.id, { rule, standing: newStanding(this.#atMs), measured: undefined })
    }
  }

  /** Takes up what was before a restart. */
  load(): void {
    const { memory, problem } = this.#options.store.load()
    if (problem !== undefined) this.#options.log.warn({ problem }, 'alerts begin anew')
    for (const { id, sinceMs } of memory.firing) {
      const kept = this.#kept.get(id)
      if (kept) kept.standing = { state: 'firing', sinceMs, clearSinceMs: undefined }
    }
    for (const id of memory.told) if (this.#kept.has(id)) this.#told.add(id)
    for (const { id, untilMs } of memory.silences) {
      if (this.#kept.has(id)) this.#silences.set(id, untilMs)
    }
    this.#events = memory.events
  }

  /** Judges every rule by how things are now; called once a second. */
  refresh(status: Status): void {
    this.#atMs = status.atMs
    this.#window.take(status)
    const facts = { ...this.#options.surroundings(), status }
    const changed = [...this.#kept.values()].filter((kept) => this.#judge(kept, facts))
    if (changed.length > 0) this.#save()
    if (this.#untold().length > 0)
      this.#callOff ??= this.#options.after(GATHER_MS, () => this.#tell())
  }

  /** Those that fire and are not silenced. */
  firing(): readonly AlertStatus[] {
    return [...this.#kept.values()]
      .filter(({ rule, standing }) => standing.state === 'firing' && !this.#isSilenced(rule.id))
      .map((kept) => this.#statusOf(kept))
  }

  /** Whether that one fires, silenced or not. */
  fires(id: string): boolean {
    return this.#kept.get(id)?.standing.state === 'firing'
  }

  /** What a rule measured last; `undefined` when nothing. */
  measured(id: string): number | undefined {
    return this.#kept.get(id)?.measured?.value
  }

  /** The facts of the page. No secret is among them. */
  details(): AlertDetails {
    return {
      atMs: this.#atMs,
      rules: [...this.#kept.values()].map((kept) => this.#statusOf(kept)),
      channels: this.#outboxes.map((outbox) => outbox.state()),
      events: this.#events,
    }
  }

  /** Says nothing of an alert for so long, 0 to speak again; `false` when there is none of that id. */
  silence(id: string, minutes: number): boolean {
    if (!this.#kept.has(id)) return false
    if (minutes <= 0) this.#silences.delete(id)
    else this.#silences.set(id, this.#options.now() + minutes * 60_000)
    this.#save()
    return true
  }

  /** Sends a test through every channel, all at once, and answers what each said. */
  test(): Promise<readonly AlertTestAnswer[]> {
    const message = this.#messageOf('test', [])
    return Promise.all(
      this.#outboxes.map(async (outbox) => ({
        channel: outbox.state().name,
        ...(await outbox.try(message)),
      })),
    )
  }

  /** Gives up what is not sent; resolves when everything is written. */
  async close(): Promise<void> {
    this.#callOff?.()
    for (const outbox of this.#outboxes) outbox.close()
    for (let saving: unknown; saving !== this.#saving; ) {
      saving = this.#saving
      await saving // what was given up is written too
    }
  }

  /** Whether it began or ceased to fire. */
  #judge(kept: Kept, facts: AlertFacts): boolean {
    const { rule, standing } = kept
    kept.measured = rule.measure(facts, this.#window)
    kept.standing = step(rule, standing, kept.measured, facts.status.atMs)
    const was = standing.state === 'firing'
    const is = kept.standing.state === 'firing'
    if (was === is) return false
    const change = is ? 'firing' : 'resolved'
    const { id, title } = rule
    const value = shownOf(kept)
    const event: AlertEvent = {
      atMs: facts.status.atMs,
      id,
      title,
      change,
      value,
      sentTo: [],
      failed: [],
    }
    this.#events = [event, ...this.#events].slice(0, MAX_EVENTS)
    this.#options.log[is ? 'warn' : 'info']({ alert: id, value }, `alert ${change}`)
    return true
  }

  /** What people have not been told of yet; of a silenced one nothing is said, that it is over neither. */
  #untold(): readonly AlertNotice[] {
    return [...this.#kept.values()].flatMap((kept) => {
      const { id } = kept.rule
      const fires = kept.standing.state === 'firing'
      if (fires === this.#told.has(id)) return []
      if (this.#isSilenced(id)) {
        if (!fires) this.#told.delete(id)
        return []
      }
      return [noticeOf(kept, fires ? 'firing' : 'resolved')]
    })
  }

  #tell(): void {
    this.#callOff = undefined
    const notices = this.#untold()
    if (notices.length === 0) return
    for (const { id, change } of notices) {
      if (change === 'firing') this.#told.add(id)
      else this.#told.delete(id)
    }
    this.#save()
    const message = this.#messageOf('alerts', notices)
    for (const outbox of this.#outboxes) {
      const { name } = outbox.state()
      void outbox.send(message).then(({ ok, detail }) => {
        for (const notice of notices) this.#noteDelivery(notice, name, ok ? undefined : detail)
        this.#save()
      })
    }
  }

  #noteDelivery({ id, change }: AlertNotice, channel: string, reason: string | undefined): void {
    const index = this.#events.findIndex((event) => event.id === id && event.change === change)
    const event = this.#events[index]
    if (event === undefined) return
    const noted: AlertEvent =
      reason === undefined
        ? { ...event, sentTo: [...event.sentTo, channel].slice(-50) }
        : { ...event, failed: [...event.failed, { channel, reason }].slice(-50) }
    this.#events = this.#events.with(index, noted)
  }

  #isSilenced(id: string): boolean {
    return (this.#silences.get(id) ?? 0) > this.#options.now()
  }

  #statusOf(kept: Kept): AlertStatus {
    const { id, title, severity, condition, text, fix, section } = kept.rule
    const { state, sinceMs } = kept.standing
    return {
      id,
      title,
      severity,
      condition,
      state,
      sinceMs,
      value: shownOf(kept),
      text,
      fix,
      ...(section === undefined ? {} : { section }),
      silencedUntilMs: this.#isSilenced(id) ? this.#silences.get(id) : undefined,
    }
  }

  #messageOf(kind: AlertMessage['kind'], notices: readonly AlertNotice[]): AlertMessage {
    const { publicOrigin, now } = this.#options
    const { hostname } = new URL(publicOrigin)
    return { kind, server: hostname, url: `${publicOrigin}/admin/alerts`, atMs: now(), notices }
  }

  /** One write at a time; what changes meanwhile is in the next. */
  #save(): void {
    const write = () => this.#options.store.save(this.#memory())
    this.#saving = this.#saving.then(write).catch((err: unknown) => {
      this.#options.log.warn({ err }, 'alerts could not be saved')
    })
  }

  #memory(): AlertMemory {
    const firing = [...this.#kept.values()]
      .filter(({ standing }) => standing.state === 'firing')
      .map(({ rule, standing }) => ({ id: rule.id, sinceMs: standing.sinceMs }))
    const silences = [...this.#silences].map(([id, untilMs]) => ({ id, untilMs }))
    return {
      ...EMPTY_MEMORY,
      firing,
      told: [...this.#told],
      silences,
      events: this.#events.map((event) => ({
        ...event,
        sentTo: [...event.sentTo],
        failed: [...event.failed],
      })),
    }
  }
}

function shownOf({ measured }: Kept): string {
  return measured?.shown ?? 'not measured'
}

function noticeOf(kept: Kept, change: AlertNotice['change']): AlertNotice {
  const { id, title, severity, condition, text, fix } = kept.rule
  const value = shownOf(kept)
  const { sinceMs } = kept.standing
  return { id, title, severity, condition, text, fix, change, value, sinceMs }
}
