import type { KernelStatus, Status } from '#api'
import { type Add, alone, type Row } from './registry.ts'

type Figure = readonly [
  name: string,
  help: string,
  of: (kernel: KernelStatus) => number | undefined,
]

const counters: readonly Figure[] = [
  [
    'udp_receive_buffer_errors_total',
    'Datagrams that the kernel dropped for want of buffer, of all programs',
    (kernel) => kernel.udpReceiveBufferErrors,
  ],
  [
    'udp_send_buffer_errors_total',
    'Datagrams that were not sent for want of buffer, of all programs',
    (kernel) => kernel.udpSendBufferErrors,
  ],
  ['udp_no_ports_total', 'Datagrams to ports where nobody listens', (kernel) => kernel.udpNoPorts],
  ['udp_received_total', 'Datagrams received by all programs', (kernel) => kernel.udpReceived],
  ['udp_sent_total', 'Datagrams sent by all programs', (kernel) => kernel.udpSent],
  [
    'softnet_dropped_total',
    'Packets that the kernel dropped before any program',
    (kernel) => kernel.softnetDropped,
  ],
  [
    'softnet_squeezed_total',
    'Times that the kernel ran out of time for packets',
    (kernel) => kernel.softnetSqueezed,
  ],
]

const gauges: readonly Figure[] = [
  [
    'conntrack_entries',
    'Connections that the firewall tracks',
    (kernel) => kernel.conntrack?.count,
  ],
  ['conntrack_limit', 'How many the firewall can track', (kernel) => kernel.conntrack?.max],
  ['open_files', 'Open files of the main process', (kernel) => kernel.files.open],
  ['open_files_limit', 'How many files it may open', (kernel) => kernel.files.max],
  ['relay_ports_used', 'Ports of the relay range in use', (kernel) => kernel.relayPorts.used],
  ['relay_ports_limit', 'Ports of the relay range', (kernel) => kernel.relayPorts.total],
]

/** Adds what the kernel counts, and how near its limits are. */
export function addKernel(add: Add, status: () => Status): void {
  for (const [name, help, of] of counters) {
    add({ name, help, kind: 'counter' }, () => alone(of(status().kernel)))
  }
  for (const [name, help, of] of gauges) add({ name, help }, () => alone(of(status().kernel)))
  add(
    {
      name: 'socket_drops_total',
      help: 'Datagrams dropped at our own sockets, by port; all relays count as the lowest of theirs',
      labels: ['port'],
      kind: 'counter',
    },
    () => socketRows(status(), ({ drops }) => drops),
  )
  add(
    {
      name: 'socket_queued_bytes',
      help: 'What waits at our own sockets, by port',
      labels: ['port'],
    },
    () => socketRows(status(), ({ queuedBytes }) => queuedBytes),
  )
  add(
    {
      name: 'socket_buffer_limit_bytes',
      help: 'The largest buffers that a program may ask for',
      labels: ['buffer'],
    },
    () => {
      const { rmemMaxBytes, wmemMaxBytes, optmemMaxBytes } = status().kernel
      return [
        [{ buffer: 'receive' }, rmemMaxBytes],
        [{ buffer: 'send' }, wmemMaxBytes],
        [{ buffer: 'options' }, optmemMaxBytes],
      ]
    },
  )
}

type SocketRow = KernelStatus['socketDrops'][number]

function socketRows({ kernel }: Status, of: (row: SocketRow) => number): readonly Row[] {
  return kernel.socketDrops.map((row) => [{ port: `${row.port}` }, of(row)])
}
