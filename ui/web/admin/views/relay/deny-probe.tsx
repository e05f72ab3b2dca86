import type { ComponentChildren } from 'preact'
import type { TurnDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { Prose } from '../prose.tsx'

/** Whether the relay really refuses the addresses that nobody may reach through it. */
export function DenyProbe({ details }: { details: TurnDetails }) {
  const { rows } = details.probe
  const open = rows.filter(({ asked, refused }) => asked && !refused)
  const closed = rows.filter(({ asked, refused }) => asked && refused)
  const unasked = rows.filter(({ asked }) => !asked)
  return (
    <section class="card stack" aria-labelledby="probe-title" data-testid="probe">
      <h2 id="probe-title">Protected addresses</h2>
      <p>{policyWords(details)}</p>
      {rows.length === 0 && <p class="soft">They have not been tried yet.</p>}
      {open.length > 0 && (
        <Notice tone="bad">
          {open.length} of {rows.length} protected addresses can be reached through the relay.
        </Notice>
      )}
      {unasked.length > 0 && (
        <Notice tone="warn">
          {unasked.length} of {rows.length} protected addresses could not be tried.{' '}
          {unasked[0]?.detail}
        </Notice>
      )}
      {rows.length > 0 && closed.length === rows.length && (
        <Notice tone="ok">All {rows.length} protected addresses were tried and refused.</Notice>
      )}
      {open.length > 0 && <Rows rows={open} />}
      {closed.length > 0 && (
        <details>
          <summary>What was tried</summary>
          <Rows rows={closed} />
        </details>
      )}
    </section>
  )
}

type NoticeProps = Readonly<{ tone: 'ok' | 'warn' | 'bad'; children: ComponentChildren }>

function Notice({ tone, children }: NoticeProps) {
  return (
    <p class={`notice ${tone}`}>
      <Icon name={tone === 'ok' ? 'check' : 'alert'} />
      <span>{children}</span>
    </p>
  )
}

function Rows({ rows }: { rows: TurnDetails['probe']['rows'] }) {
  return (
    <ul class="checks">
      {rows.map(({ name, address, refused, detail }) => (
        <li key={`${name} ${address}`}>
          <span class={`badge ${refused ? 'ok' : 'bad'}`}>
            <Icon name={refused ? 'check' : 'alert'} size={13} />
            {refused ? 'Refused' : 'Open'}
          </span>
          <div>
            <strong>{name}</strong> <code class="soft small">{address}</code>
            {!refused && (
              <p>
                <Prose text={detail} />
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  )
}

function policyWords({ policy: { mode, allowedPeers, deniedPeers } }: TurnDetails): string {
  const allowed = allowedPeers.join(', ')
  const rule =
    mode === 'sfu-only'
      ? `Clients reach only the calls of this server${allowed && ` and ${allowed}`} (turn.peer_policy: sfu-only).`
      : `Clients reach the whole internet, but no private or special addresses${allowed && ` other than ${allowed}`} (turn.peer_policy: open).`
  return deniedPeers.length === 0 ? rule : `${rule} Never: ${deniedPeers.join(', ')}.`
}
