import type { AlertDetails, AlertStatus } from '#api'
import type { AlertsAdmin } from '../deps.ts'

const HOUR_MS = 3_600_000

function rule(id: string, title: string, more: Partial<AlertStatus> = {}): AlertStatus {
  return {
    id,
    title,
    severity: 'warning',
    condition: 'any in the last minute; resolved after 10 minutes without',
    state: 'ok',
    sinceMs: 1_800_000_000_000 - 5 * HOUR_MS,
    value: 'none in the last minute',
    text: 'For calls that is loss.',
    fix: 'Enlarge the buffers.',
    section: 'kernel',
    silencedUntilMs: undefined,
    ...more,
  }
}

/** An appliance on which nothing fires, and that tells nobody. */
export function calmAlerts(atMs: number): AlertDetails {
  return {
    atMs,
    rules: [
      rule('udp-errors', 'The kernel drops UDP packets'),
      rule('loss', 'Packets are lost', { state: 'unknown', value: 'not measured' }),
    ],
    channels: [],
    events: [],
  }
}

/** One alert that fires, one that may soon, a silenced one; a channel that works and one that does not. */
export function firingAlerts(atMs: number): AlertDetails {
  const [udp, loss] = calmAlerts(atMs).rules
  if (!udp || !loss) throw new Error('the calm sample has two rules')
  return {
    atMs,
    rules: [
      udp,
      { ...loss, state: 'pending', value: '5.1 %', sinceMs: atMs - 20_000, section: 'calls' },
      rule('worker', 'A worker process died', {
        severity: 'critical',
        state: 'firing',
        value: '1 in the last 10 minutes',
        sinceMs: atMs - 120_000,
        text: 'Its calls were cut and have to connect anew.',
      }),
      rule('disk', 'The disk is almost full', {
        state: 'firing',
        value: '91 %',
        sinceMs: atMs - HOUR_MS,
        silencedUntilMs: atMs + 8 * HOUR_MS,
      }),
    ],
    channels: [
      {
        name: 'Mattermost',
        kind: 'mattermost',
        target: 'chat.example.org',
        last: { atMs: atMs - 110_000, ok: true, detail: 'taken (200)' },
      },
      {
        name: 'E-mail',
        kind: 'smtp',
        target: 'mail.example.org',
        last: {
          atMs: atMs - 100_000,
          ok: false,
          detail: 'it refuses the user or the password (535)',
        },
      },
      { name: 'Webhook', kind: 'json', target: '10.0.0.5:9000', last: undefined },
    ],
    events: [
      {
        atMs: atMs - 120_000,
        id: 'worker',
        title: 'A worker process died',
        change: 'firing',
        value: '1 in the last 10 minutes',
        sentTo: ['Mattermost'],
        failed: [{ channel: 'E-mail', reason: 'it refuses the user or the password (535)' }],
      },
      {
        atMs: atMs - 4 * HOUR_MS,
        id: 'loss',
        title: 'Packets are lost',
        change: 'resolved',
        value: '0.8 %',
        sentTo: [],
        failed: [],
      },
    ],
  }
}

/** Alerts in a test's hand: they note what they are asked for and show what `details` makes. */
export type ScriptedAlerts = AlertsAdmin & { readonly asked: unknown[] }

/** Starts from these facts. */
export function scriptedAlerts(details: () => AlertDetails): ScriptedAlerts {
  const asked: unknown[] = []
  return {
    asked,
    details,
    silence(id, minutes) {
      asked.push({ id, minutes })
      return details().rules.some((rule) => rule.id === id)
    },
    async test() {
      asked.push('test')
      return details().channels.map(({ name }) => ({
        channel: name,
        ok: name !== 'E-mail',
        detail: name === 'E-mail' ? 'nothing listens there' : 'taken (200)',
      }))
    },
  }
}
