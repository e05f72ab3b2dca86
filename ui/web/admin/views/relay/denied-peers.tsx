import type { TurnDetails } from '#api'
import { type DeniedGroup, groupDenied } from '../../state/denied-groups.ts'
import { formatCount, formatDuration } from '../../state/format.ts'
import { askedByWords, fewWords } from '../../state/turn-wording.ts'
import { Prose } from '../prose.tsx'

/** Whom clients wanted to reach and could not, why, and what to do when they should. */
export function DeniedPeers({ details }: { details: TurnDetails }) {
  const { deniedPeers, atMs } = details
  return (
    <section class="card stack" aria-labelledby="denied-title" data-testid="denied-peers">
      <h2 id="denied-title">Denied peers</h2>
      {deniedPeers.length === 0 ? (
        <p class="soft">The relay has refused nobody lately.</p>
      ) : (
        <>
          <p class="soft small">
            Addresses that clients asked the relay to reach, and that it refused. Clients try every
            address that the other side offers, so some refusals are normal. They matter when a call
            fails.
          </p>
          <ul class="denied">
            {groupDenied(deniedPeers).map((group) => (
              <Peer key={`${group.ip} ${group.reason}`} group={group} nowMs={atMs} />
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function Peer({ group, nowMs }: Readonly<{ group: DeniedGroup; nowMs: number }>) {
  const { ip, ports, reason, advice, by, userIds, count, lastAtMs } = group
  const who =
    userIds.length > 0 && ` (${userIds.length === 1 ? 'user' : 'users'} ${fewWords(userIds)})`
  return (
    <li>
      <p>
        <strong class="mono">{ip}</strong> {reason}
        {ports.length > 0 && <span class="soft small"> ({portWords(ports)})</span>}
      </p>
      {advice !== '' && (
        <p>
          <Prose text={advice} />
        </p>
      )}
      <p class="soft small figures">
        {formatCount(count, 'time', 'times')}, the last {formatDuration((nowMs - lastAtMs) / 1000)}{' '}
        ago: {by.map(askedByWords).join('; ')}
        {who}.
      </p>
    </li>
  )
}

function portWords(ports: readonly number[]): string {
  return `${ports.length === 1 ? 'port' : 'ports'} ${fewWords(ports.map(String))}`
}
