import type { Status } from '#api'
import { formatBitRate, formatCount, formatNumber } from '../../state/format.ts'
import type { Route } from '../../state/route.ts'
import { SectionLink } from '../section-link.tsx'

/** What the relay carries and whom it refuses. */
export function Relay({ status: { turn }, route }: Readonly<{ status: Status; route: Route }>) {
  const { byTransport: by, rejections, deniedPeers } = turn
  return (
    <section class="card machine" aria-labelledby="relay-title" data-testid="relay">
      <div class="card-head">
        <h2 id="relay-title">TURN</h2>
        <SectionLink route={route} to="turn" class="small">
          Who uses it
        </SectionLink>
      </div>
      <p class="figures">
        {formatCount(turn.allocations, 'allocation', 'allocations')}{' '}
        <span class="soft small">
          ({by.udp} UDP, {by.tcp} TCP, {by.tls} TLS), {formatBitRate(turn.receivedBitsPerSecond)}{' '}
          in, {formatBitRate(turn.sentBitsPerSecond)} out
        </span>
      </p>
      {rejections.length === 0 ? (
        <p class="soft small">It has rejected nothing since the start.</p>
      ) : (
        <table class="table">
          <caption>Rejections since the start</caption>
          <tbody>
            {rejections.map(({ code, why, count }) => (
              <tr key={`${code} ${why}`}>
                <th scope="row">
                  <span class="figures">{code}</span> <span class="soft">{why}</span>
                </th>
                <td class="number">{formatNumber(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p class="soft small figures">
        {formatCount(deniedPeers, 'address was', 'addresses were')} refused as peers.
      </p>
    </section>
  )
}
