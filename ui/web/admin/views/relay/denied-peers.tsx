import type { TurnDeniedPeer, TurnDetails } from '#api'
import { formatCount, formatDuration } from '../../state/format.ts'
import { askedByWords } from '../../state/turn-wording.ts'
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
            Clients try every address that the other side offers, so some refusals are normal. They
            matter when a call fails.
          </p>
          <ul class="denied">
            {deniedPeers.map((peer) => (
              <Peer key={`${peer.address} ${peer.by} ${peer.userId}`} peer={peer} nowMs={atMs} />
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function Peer({ peer, nowMs }: Readonly<{ peer: TurnDeniedPeer; nowMs: number }>) {
  return (
    <li>
      <p>
        <strong class="mono">{peer.address}</strong> <span>{peer.reason}</span>
      </p>
      {peer.advice !== '' && (
        <p>
          <Prose text={peer.advice} />
        </p>
      )}
      <p class="soft small figures">
        {formatCount(peer.count, 'time', 'times')}, the last{' '}
        {formatDuration((nowMs - peer.lastAtMs) / 1000)} ago: {askedByWords(peer.by)}
        {peer.userId !== '' && ` (user ${peer.userId})`}.
      </p>
    </li>
  )
}
