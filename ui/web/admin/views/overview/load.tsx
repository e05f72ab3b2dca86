import type { CoreLoad, ProcessLoad, Status } from '#api'
import { formatBitRate, formatBytes, formatCount, formatPercent } from '../../state/format.ts'
import { Bar, type BarPart } from './bars.tsx'

/** What the machine does: cores, our processes, memory, network cards. */
export function Load({ status }: { status: Status }) {
  return (
    <section class="card machine" aria-labelledby="load-title">
      <h2 id="load-title">Load</h2>
      <Cores status={status} />
      <Processes status={status} />
      <Memory status={status} />
      <Network status={status} />
    </section>
  )
}

function Cores({ status: { cpu } }: { status: Status }) {
  const { stealPercent, softirqPercent } = cpu
  return (
    <div data-testid="cores">
      <h3>Processor cores</h3>
      <ul class="bars">
        {cpu.cores.map((core, index) => (
          <Bar
            key={index}
            label={`Core ${index + 1}`}
            parts={coreParts(core)}
            text={formatPercent(core.busyPercent)}
          />
        ))}
      </ul>
      <ul class="bar-legend small soft figures">
        <li>
          <span class="swatch plain" aria-hidden="true" /> in use
        </li>
        <li>
          <span class="swatch striped" aria-hidden="true" /> network interrupts{' '}
          {formatPercent(softirqPercent)}
        </li>
        <li title="Time that other machines on the same host had instead (steal).">
          <span class="swatch dotted" aria-hidden="true" /> taken by the host{' '}
          {formatPercent(stealPercent)}
        </li>
      </ul>
    </div>
  )
}

function coreParts({ busyPercent, stealPercent, softirqPercent }: CoreLoad): readonly BarPart[] {
  return [
    { look: 'plain', percent: Math.max(0, busyPercent - stealPercent - softirqPercent) },
    { look: 'striped', percent: softirqPercent },
    { look: 'dotted', percent: stealPercent },
  ]
}

const KINDS: Readonly<Record<ProcessLoad['kind'], string>> = {
  main: 'Main',
  media: 'Media',
  turn: 'TURN',
}

function Processes({ status: { processes } }: { status: Status }) {
  if (processes.length === 0) return null
  return (
    <table class="table" data-testid="processes">
      <caption>Processes</caption>
      <thead>
        <tr>
          <th scope="col">Process</th>
          <th scope="col" class="number">
            Of one core
          </th>
          <th scope="col" class="number">
            Memory
          </th>
        </tr>
      </thead>
      <tbody>
        {processes.map(({ kind, pid, cpuPercent, rssBytes, rooms }) => (
          <tr key={pid}>
            <th scope="row">
              {KINDS[kind]} <span class="soft small">{pid}</span>
              {rooms !== undefined && (
                <span class="soft small">, {formatCount(rooms, 'call', 'calls')}</span>
              )}
            </th>
            <td class="number">{formatPercent(cpuPercent)}</td>
            <td class="number">{formatBytes(rssBytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Memory({ status: { memory } }: { status: Status }) {
  const percent = (100 * memory.usedBytes) / Math.max(1, memory.totalBytes)
  const ours = (100 * memory.processRssBytes) / Math.max(1, memory.totalBytes)
  return (
    <div>
      <h3>Memory</h3>
      <ul class="bars">
        <Bar
          label="In use"
          parts={[{ look: 'plain', percent }]}
          text={`${formatBytes(memory.usedBytes)} of ${formatBytes(memory.totalBytes)}`}
        />
        <Bar
          label="Main"
          parts={[{ look: 'plain', percent: ours }]}
          text={formatBytes(memory.processRssBytes)}
        />
      </ul>
    </div>
  )
}

function Network({ status: { network } }: { status: Status }) {
  return (
    <table class="table">
      <caption>Network cards</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="number">
            In
          </th>
          <th scope="col" class="number">
            Out
          </th>
          <th scope="col" class="number">
            Link
          </th>
        </tr>
      </thead>
      <tbody>
        {network.interfaces.map((card) => (
          <tr key={card.name}>
            <th scope="row">{card.name}</th>
            <td class="number">{formatBitRate(card.receivedBitsPerSecond)}</td>
            <td class="number">{formatBitRate(card.sentBitsPerSecond)}</td>
            <td
              class="number"
              title={card.linkBitsPerSecond === undefined ? 'The card does not say.' : undefined}
            >
              {card.linkBitsPerSecond === undefined ? '–' : formatBitRate(card.linkBitsPerSecond)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
