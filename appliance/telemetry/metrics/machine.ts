import type { CoreLoad, ProcessLoad, Status } from '#api'
import { type Add, alone, type Row } from './registry.ts'

/** Adds the load of the machine and of our processes. */
export function addMachine(add: Add, status: () => Status): void {
  addCpu(add, status)
  addProcesses(add, status)
  add({ name: 'memory_used_bytes', help: 'Memory in use on the machine' }, () =>
    alone(status().memory.usedBytes),
  )
  add({ name: 'memory_size_bytes', help: 'Memory that the machine has' }, () =>
    alone(status().memory.totalBytes),
  )
  add({ name: 'disk_free_bytes', help: 'Room left on the disk of the data directory' }, () =>
    alone(status().disk?.freeBytes),
  )
  add({ name: 'disk_size_bytes', help: 'Size of the disk of the data directory' }, () =>
    alone(status().disk?.totalBytes),
  )
  addNetwork(add, status)
}

function addCpu(add: Add, status: () => Status): void {
  const all: readonly (readonly [string, string, (cpu: Status['cpu']) => number])[] = [
    ['cpu_busy_ratio', 'Busy share of all cores', (cpu) => cpu.totalPercent],
    ['cpu_steal_ratio', 'Share that the host gave to others', (cpu) => cpu.stealPercent],
    ['cpu_softirq_ratio', 'Share that the kernel took for packets', (cpu) => cpu.softirqPercent],
  ]
  for (const [name, help, percent] of all) {
    add({ name, help }, () => alone(percent(status().cpu) / 100))
  }
  const each: readonly (readonly [string, string, keyof CoreLoad])[] = [
    ['core_busy_ratio', 'Busy share of a core', 'busyPercent'],
    ['core_steal_ratio', 'Share of a core that the host gave to others', 'stealPercent'],
    ['core_softirq_ratio', 'Share of a core that the kernel took for packets', 'softirqPercent'],
  ]
  for (const [name, help, of] of each) {
    add({ name, help, labels: ['core'] }, () =>
      status().cpu.cores.map((load, core) => [{ core: `${core}` }, load[of] / 100]),
    )
  }
  add({ name: 'load_average', help: 'Processes that want a core, over one minute' }, () =>
    alone(status().cpu.loadAverage1m),
  )
}

/** Processes are numbered within their kind: a process id would make a new series at each restart. */
function addProcesses(add: Add, status: () => Status): void {
  const labels = ['kind', 'number']
  const rows = (of: (load: ProcessLoad) => number | undefined) => () => {
    const counts = new Map<ProcessLoad['kind'], number>()
    return status().processes.flatMap((load): readonly Row[] => {
      const number = (counts.get(load.kind) ?? 0) + 1
      counts.set(load.kind, number)
      const value = of(load)
      return value === undefined ? [] : [[{ kind: load.kind, number: `${number}` }, value]]
    })
  }
  add(
    { name: 'process_cpu_ratio', help: 'Share of one core that a process of ours takes', labels },
    rows(({ cpuPercent }) => cpuPercent / 100),
  )
  add(
    { name: 'process_resident_bytes', help: 'Memory of a process of ours', labels },
    rows(({ rssBytes }) => rssBytes),
  )
  add(
    { name: 'process_rooms', help: 'Calls on a media worker', labels },
    rows((load) => load.rooms),
  )
}

function addNetwork(add: Add, status: () => Status): void {
  const labels = ['direction']
  const rows =
    (received: (network: Status['network']) => number, sent: typeof received) =>
    (): readonly Row[] => [
      [{ direction: 'received' }, received(status().network)],
      [{ direction: 'sent' }, sent(status().network)],
    ]
  add(
    { name: 'network_bytes_per_second', help: 'Traffic of the network cards', labels },
    rows(
      ({ receivedBitsPerSecond }) => receivedBitsPerSecond / 8,
      ({ sentBitsPerSecond }) => sentBitsPerSecond / 8,
    ),
  )
  add(
    { name: 'network_packets_per_second', help: 'Packets of the network cards', labels },
    rows(
      ({ receivedPacketsPerSecond }) => receivedPacketsPerSecond,
      ({ sentPacketsPerSecond }) => sentPacketsPerSecond,
    ),
  )
  add(
    {
      name: 'network_link_bytes_per_second',
      help: 'What the cards can carry one way; absent where none says',
    },
    () => {
      const { linkBitsPerSecond } = status().network
      return alone(linkBitsPerSecond === undefined ? undefined : linkBitsPerSecond / 8)
    },
  )
}
