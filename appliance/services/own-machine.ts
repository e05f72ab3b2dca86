import type { Sfu } from '#sfu'
import type { TurnEngine } from '#turn'
import { parseIpPort } from '../config/values.ts'
import { mediaPorts } from '../media-ports.ts'
import type { OwnProcess } from '../telemetry/processes.ts'
import type { OwnPorts } from '../telemetry/socket-drops.ts'
import type { SystemStatsOptions } from '../telemetry/system-stats.ts'
import type { Ground } from './ground.ts'

/** Tells the sampler which processes, ports and folder of this machine are ours. */
export function ownMachine(
  { loaded: { config, dataDir } }: Pick<Ground, 'loaded'>,
  sfu: Pick<Sfu, 'mediaWorkers'>,
  turn: Pick<TurnEngine, 'workerPids' | 'allocations'>,
): Required<Pick<SystemStatsOptions, 'processes' | 'own'>> {
  return {
    processes: () => [
      { kind: 'main', pid: process.pid },
      ...sfu.mediaWorkers().map((worker): OwnProcess => ({ kind: 'media', ...worker })),
      ...turn.workerPids().map((pid): OwnProcess => ({ kind: 'turn', pid })),
    ],
    own: { dataDir, ports: ownPorts(config), relayPortsUsed: () => relayPortsUsed(turn) },
  }
}

function ownPorts(config: Ground['loaded']['config']): OwnPorts {
  const { port, relay_port_min: min, relay_port_max: max, nat_discovery } = config.turn
  const alternate = parseIpPort(nat_discovery)
  const media = mediaPorts(config).map(({ udp }) => udp)
  const single = new Set([...media, port, ...(alternate === undefined ? [] : [alternate.port])])
  return { single: [...single], relays: { min, max } }
}

/** Each IP version has the whole range for itself: the fuller one counts. */
function relayPortsUsed(turn: Pick<TurnEngine, 'allocations'>): number {
  const used = { 4: 0, 6: 0 }
  for (const { relayed } of turn.allocations()) for (const { family } of relayed) used[family] += 1
  return Math.max(used[4], used[6])
}
