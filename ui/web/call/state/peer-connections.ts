import { ConnectionState, type Room } from 'livekit-client'
import { mediaPathOf, type StatsEntry } from './media-path.ts'
import type { MediaPath } from './model.ts'

/** Statistics of both of a participant's connections, as plain lists. */
export type ConnectionStats = Readonly<{
  publisher: readonly StatsEntry[]
  subscriber: readonly StatsEntry[]
}>

/**
 * Reads the statistics of both connections. The engine is reached into because tracks alone give
 * none while nobody speaks; this is the only file that does.
 */
export async function readStats(room: Room): Promise<ConnectionStats> {
  const connections = room.engine?.pcManager
  const [publisher, subscriber] = await Promise.all([
    connections?.publisher.getStats(),
    connections?.subscriber?.getStats(),
  ])
  return { publisher: entries(publisher), subscriber: entries(subscriber) }
}

/** The path of what is heard or, before that exists, of what is sent. */
export async function readMediaPath(room: Room): Promise<MediaPath | undefined> {
  const stats = await readStats(room)
  return mediaPathOf(stats.subscriber) ?? mediaPathOf(stats.publisher)
}

/** Whether a connection that carries media is up. */
export function isMediaConnected(room: Room): boolean {
  const connections = room.engine?.pcManager
  const states = [
    connections?.subscriber?.getConnectionState(),
    connections?.publisher.getConnectionState(),
  ]
  return states.includes('connected')
}

/** Whether the call counts as connected although no packet comes through one of its connections. */
export function isMediaLost(room: Room): boolean {
  if (room.state !== ConnectionState.Connected) return false
  const connections = room.engine?.pcManager
  const states = [
    connections?.subscriber?.getConnectionState(),
    connections?.publisher.getConnectionState(),
  ]
  return states.includes('disconnected') || states.includes('failed')
}

/** Has the client library resume the call, with new paths for media. This is the way it offers. */
export async function resumeCall(room: Room): Promise<void> {
  await room.simulateScenario('signal-reconnect')
}

/** Names the ports that the server offers for media, from its session description. */
export function offeredPorts(room: Room): string | undefined {
  const connections = room.engine?.pcManager
  const description =
    connections?.subscriber?.getRemoteDescription() ?? connections?.publisher.getRemoteDescription()
  return description ? describePorts(description.sdp) : undefined
}

/** Puts the candidates of an SDP into words: "UDP and TCP port 8443". `undefined` without candidates. */
export function describePorts(sdp: string): string | undefined {
  const ports = { udp: new Set<string>(), tcp: new Set<string>() }
  for (const [, protocol, port] of sdp.matchAll(/^a=candidate:\S+ 1 (udp|tcp) \d+ \S+ (\d+)/gim)) {
    if (port !== undefined) ports[protocol?.toLowerCase() === 'tcp' ? 'tcp' : 'udp'].add(port)
  }
  const udp = [...ports.udp].join(', ')
  const tcp = [...ports.tcp].join(', ')
  if (udp !== '' && udp === tcp) return `UDP and TCP port ${udp}`
  const parts = [udp && `UDP port ${udp}`, tcp && `TCP port ${tcp}`].filter(Boolean)
  return parts.length > 0 ? parts.join(' and ') : undefined
}

function entries(report: RTCStatsReport | undefined): readonly StatsEntry[] {
  const list: StatsEntry[] = []
  report?.forEach((entry: StatsEntry) => {
    list.push(entry)
  })
  return list
}
