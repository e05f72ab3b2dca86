import type { Status } from '#api'
import { formatBitRate, formatCount, formatPercent } from '../state/format.ts'
import type { Route } from '../state/route.ts'
import { type RelayVerdict, relayVerdict } from '../state/turn-wording.ts'
import { totalTracks, trackCountWords } from '../state/wording.ts'
import { SectionLink } from './section-link.tsx'

/** `relay` is there on the tile that leads to the TURN page. */
type Tile = Readonly<{
  id: string
  label: string
  figure: string
  note: string
  relay?: RelayVerdict | undefined
}>

/** The six figures one looks for first. */
export function Tiles({ status, route }: Readonly<{ status: Status; route: Route }>) {
  return (
    <section aria-labelledby="now-title">
      <h2 id="now-title" class="visually-hidden">
        Now
      </h2>
      <dl class="tiles">
        {tilesOf(status).map(({ id, label, figure, note, relay }) => (
          <div key={id} class="card tile" data-testid={`tile-${id}`}>
            <dt>{label}</dt>
            <dd class="figure figures">{figure}</dd>
            <dd class="soft small figures">{note}</dd>
            {relay && (
              <dd class="small">
                <SectionLink route={route} to="turn" class={`badge ${relay.tone}`}>
                  {relay.word}
                </SectionLink>
              </dd>
            )}
          </div>
        ))}
      </dl>
    </section>
  )
}

function tilesOf(status: Status): readonly Tile[] {
  const { rooms, participants, tracks, network, cpu, turn, relay } = status
  const active = totalTracks(tracks.active)
  const { udp, tcp, tls } = turn.byTransport
  const cores = cpu.perCorePercent.length
  return [
    {
      id: 'people',
      label: 'People in calls',
      figure: String(participants),
      note: `in ${formatCount(rooms.length, 'call', 'calls')}`,
    },
    {
      id: 'tracks',
      label: 'Active tracks',
      figure: String(active),
      note: active === 0 ? `${tracks.published} published` : trackCountWords(tracks.active),
    },
    {
      id: 'in',
      label: 'Bandwidth in',
      figure: formatBitRate(network.receivedBitsPerSecond),
      note: `${formatBitRate(turn.receivedBitsPerSecond)} through TURN`,
    },
    {
      id: 'out',
      label: 'Bandwidth out',
      figure: formatBitRate(network.sentBitsPerSecond),
      note: `${formatBitRate(turn.sentBitsPerSecond)} through TURN`,
    },
    {
      id: 'cpu',
      label: 'Processor',
      figure: formatPercent(cpu.totalPercent),
      note: `load ${cpu.loadAverage1m.toFixed(2)} on ${formatCount(cores, 'core', 'cores')}`,
    },
    {
      id: 'turn',
      label: 'TURN allocations',
      figure: String(turn.allocations),
      note: `${udp} UDP, ${tcp} TCP, ${tls} TLS`,
      relay: relay && relayVerdict(relay),
    },
  ]
}
