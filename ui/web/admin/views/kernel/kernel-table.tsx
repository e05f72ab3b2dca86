import type { KernelSetting } from '#api'
import { Icon } from '../../../shared/icons.tsx'

const STATES = {
  ok: { tone: 'ok', icon: 'check', word: 'Good' },
  differs: { tone: 'warn', icon: 'alert', word: 'Differs' },
  hidden: { tone: '', icon: 'alert', word: 'Hidden here' },
} as const

/** Each setting with what it is, what it should be, and why. What differs comes first. */
export function KernelTable({ settings }: Readonly<{ settings: readonly KernelSetting[] }>) {
  const sorted = settings.toSorted((a, b) => rank(a) - rank(b))
  return (
    <section class="card stack" aria-labelledby="settings-title" data-testid="kernel-settings">
      <h2 id="settings-title">Settings</h2>
      <ul class="kernel-list">
        {sorted.map((setting) => (
          <Row key={setting.key} setting={setting} />
        ))}
      </ul>
    </section>
  )
}

function rank({ state }: KernelSetting): number {
  return ['differs', 'hidden', 'ok'].indexOf(state)
}

function Row({ setting: { key, present, wanted, state, reason } }: { setting: KernelSetting }) {
  const { tone, icon, word } = STATES[state]
  return (
    <li data-testid={`setting-${key}`}>
      <div class="kernel-key">
        <code>{key}</code>
        <span class={`badge ${tone}`}>
          <Icon name={icon} size={13} />
          {word}
        </span>
      </div>
      <dl class="kernel-values">
        <div>
          <dt class="soft small">Now</dt>
          <dd class="figures">{shown(present)}</dd>
        </div>
        <div>
          <dt class="soft small">Wanted</dt>
          <dd class="figures">{wanted}</dd>
        </div>
      </dl>
      <p class="soft small">{sentence(reason)}</p>
    </li>
  )
}

function shown(present: string | undefined): string {
  if (present === undefined) return 'not shown'
  return present === '' ? 'nothing' : present
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`
}
