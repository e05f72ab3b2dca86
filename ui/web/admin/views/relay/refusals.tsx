import type { TurnDetails } from '#api'
import { formatNumber } from '../../state/format.ts'
import { dropWords, rejectionWords } from '../../state/turn-wording.ts'

/** What the relay refused or dropped since its start, in words. */
export function Refusals({ details }: { details: TurnDetails }) {
  const { rejections, drops } = details
  return (
    <section class="card stack" aria-labelledby="refusals-title" data-testid="rejections">
      <h2 id="refusals-title">Refused since the start</h2>
      {rejections.length === 0 ? (
        <p class="soft">No request was refused.</p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Code</th>
              <th scope="col">Why</th>
              <th scope="col" class="number">
                Times
              </th>
            </tr>
          </thead>
          <tbody>
            {rejections.map(({ code, why, count }) => (
              <tr key={`${code} ${why}`}>
                <th scope="row">{code}</th>
                <td>
                  {why}
                  <span class="soft small meaning">{rejectionWords(code, why)}</span>
                </td>
                <td class="number">{formatNumber(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Drops drops={drops} />
    </section>
  )
}

function Drops({ drops }: { drops: TurnDetails['drops'] }) {
  if (drops.length === 0) return null
  return (
    <table class="table">
      <caption>Packets dropped without an answer</caption>
      <tbody>
        {drops.map(({ reason, count }) => (
          <tr key={reason}>
            <th scope="row">{dropWords(reason)}</th>
            <td class="number">{formatNumber(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
