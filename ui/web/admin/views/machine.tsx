import type { Status } from '#api'
import { Icon } from '../../shared/icons.tsx'
import { formatBitRate, formatBytes, formatPercent } from '../state/format.ts'
import { WANTED_BUFFER_BYTES } from '../state/verdict.ts'

/** The machine under the calls: services, cores, memory, network cards, kernel. */
export function Machine({ status }: { status: Status }) {
  return (
    <section class="card machine" aria-labelledby="machine-title">
      <h2 id="machine-title">Server</h2>
      <Services status={status} />
      <Cores status={status} />
      <Memory status={status} />
      <Interfaces status={status} />
      <Kernel status={status} />
    </section>
  )
}

function Services({ status: { services } }: { status: Status }) {
  return (
    <div>
      <h3>Services</h3>
      <ul class="services">
        {services.map(({ name, ok, detail }) => (
          <li key={name}>
            <span class={`badge ${ok ? 'ok' : 'bad'}`}>
              <Icon name={ok ? 'check' : 'alert'} size={13} />
              {ok ? 'Works' : 'Fails'}
            </span>
            <span>
              <strong>{name}</strong> <span class="soft">{detail}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Cores({ status: { cpu } }: { status: Status }) {
  const cores = cpu.perCorePercent.map((percent, index) => ({
    label: `Core ${index + 1}`,
    percent,
  }))
  return (
    <div>
      <h3>Processor cores</h3>
      <ul class="bars">
        {cores.map(({ label, percent }) => (
          <Bar key={label} label={label} percent={percent} text={formatPercent(percent)} />
        ))}
      </ul>
    </div>
  )
}

function Memory({ status: { memory } }: { status: Status }) {
  const percent = (100 * memory.usedBytes) / Math.max(1, memory.totalBytes)
  return (
    <div>
      <h3>Memory</h3>
      <ul class="bars">
        <Bar
          label="In use"
          percent={percent}
          text={`${formatBytes(memory.usedBytes)} of ${formatBytes(memory.totalBytes)}`}
        />
      </ul>
      <p class="soft small">Callbox itself: {formatBytes(memory.processRssBytes)}</p>
    </div>
  )
}

function Bar({ label, percent, text }: Readonly<{ label: string; percent: number; text: string }>) {
  const width = `${Math.min(100, Math.max(0, percent)).toFixed(1)}%`
  return (
    <li class="bar small figures">
      <span>{label}</span>
      <span class="bar-track" aria-hidden="true">
        <span class="bar-fill" style={{ width }} />
      </span>
      <span class="bar-text">{text}</span>
    </li>
  )
}

function Interfaces({ status: { network } }: { status: Status }) {
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
        </tr>
      </thead>
      <tbody>
        {network.interfaces.map(({ name, receivedBitsPerSecond, sentBitsPerSecond }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{formatBitRate(receivedBitsPerSecond)}</td>
            <td class="number">{formatBitRate(sentBitsPerSecond)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Kernel({ status: { kernel } }: { status: Status }) {
  const judged = (bytes: number) =>
    `${formatBytes(bytes)}${bytes < WANTED_BUFFER_BYTES ? ' (small)' : ''}`
  const rows = [
    ['Largest receive buffer', judged(kernel.rmemMaxBytes)],
    ['Largest send buffer', judged(kernel.wmemMaxBytes)],
    ['Option memory', formatBytes(kernel.optmemMaxBytes)],
    ['UDP packets lost since boot', String(kernel.udpReceiveBufferErrors)],
  ]
  return (
    <table class="table">
      <caption>Kernel</caption>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
