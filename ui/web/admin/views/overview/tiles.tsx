import type { Status } from '#api'
import { formatBitRate, formatBytes, formatCount, formatPercent } from '../../state/format.ts'
import type { Route } from '../../state/route.ts'
import { type RelayVerdict, relayVerdict } from '../../state/turn-wording.ts'
import { totalTracks, trackCountWords } from '../../state/wording.ts'
import { SectionLink } from '../section-link.tsx'

/** A figure one looks for first; `relay` is there on the tile that leads to the TURN page. */
export type Tile = Readonly<{
  id: string
  label: string
  figure: string
  note: string
  relay?: RelayVerdict | undefined
}>

/** The figures one looks for first. */
export function Tiles({ status, route }: Readonly<{ status: Status; route: Route }>) {
  return (
    <section aria-labelledby="now-title">
      <h2 id="now-title" class="visually-hidden">
        Now
      </h2>
      <dl class="tiles">
        {tilesOf(status).map((tile) => (
          <TileCard key={tile.id} tile={tile} route={route} />
        ))}
      </dl>
    </section>
  )
}

/** One of them; without a route nothing on it leads anywhere. */
export function TileCard({ tile, route }: Readonly<{ tile: Tile; route?: Route }>) {
  const { id, label, figure, note, relay } = tile
  const [, amount = figure, unit = ''] = /^([\d.,\u202f]+) (\S.*)$/.exec(figure) ?? []
  return (
    <div class="card tile" data-testid={`tile-${id}`}>
      <dt>{label}</dt>
      <dd class="figure figures">
        {amount}
        {unit !== '' && <span class="unit"> {unit}</span>}
      </dd>
      <dd class="soft small figures">{note}</dd>
      {relay && (
        <dd class="small">
          {route ? (
            <SectionLink route={route} to="turn" class={`badge ${relay.tone}`}>
              {relay.word}
            </SectionLink>
          ) : (
            <span class={`badge ${relay.tone}`}>{relay.word}</span>
          )}
        </dd>
      )}
    </div>
  )
}

/** The tiles in order. */
export function tilesOf(status: Status): readonly Tile[] {
  return [...callTiles(status), ...networkTiles(status), ...machineTiles(status)]
}

function callTiles({ rooms, participants, tracks }: Status): readonly Tile[] {
  const active = totalTracks(tracks.active)
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
  ]
}

function networkTiles({ network, turn, relay }: Status): readonly Tile[] {
  const { udp, tcp, tls } = turn.byTransport
  const ofLink = (bitsPerSecond: number) =>
    network.linkBitsPerSecond === undefined || network.linkBitsPerSecond === 0
      ? 'link speed not known'
      : `${formatPercent((100 * bitsPerSecond) / network.linkBitsPerSecond)} of ${formatBitRate(network.linkBitsPerSecond)}`
  return [
    {
      id: 'in',
      label: 'Bandwidth in',
      figure: formatBitRate(network.receivedBitsPerSecond),
      note: ofLink(network.receivedBitsPerSecond),
    },
    {
      id: 'out',
      label: 'Bandwidth out',
      figure: formatBitRate(network.sentBitsPerSecond),
      note: ofLink(network.sentBitsPerSecond),
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

function machineTiles({ cpu, memory }: Status): readonly Tile[] {
  const cores = formatCount(cpu.perCorePercent.length, 'core', 'cores')
  const inUse = (100 * memory.usedBytes) / Math.max(1, memory.totalBytes)
  return [
    {
      id: 'cpu',
      label: 'Processor',
      figure: formatPercent(cpu.totalPercent),
      note: `load ${cpu.loadAverage1m.toFixed(2)} on ${cores}`,
    },
    {
      id: 'memory',
      label: 'Memory',
      figure: formatPercent(inUse),
      note: `${formatBytes(memory.usedBytes)} of ${formatBytes(memory.totalBytes)}`,
    },
  ]
}
