import type { DenyProbeRow } from '#api'
import {
  type ClientLogin,
  type ClientTarget,
  type DenyProbe,
  denyProbes,
  type OwnPort,
  TurnClient,
  TurnRequestError,
} from '#turn'
import { messageOf } from '../errors.ts'
import { hostInUrl } from '../ice-urls.ts'

/** Reached only where everybody may be. Only a permission is asked for, and nothing is sent. */
const STRANGER: DenyProbe = {
  name: 'a stranger on the Internet (sfu-only)',
  address: { family: 4, ip: '198.41.0.4', port: 9 },
  requests: ['createPermission'],
  openable: true,
}

const FORBIDDEN = 403 // RFC 8656 §18.1
const OPENED =
  'turn.allowed_peers opens it. That is right where a media server of yours is; else take it out.'
const OPEN = 'No call needs it. Take it out of turn.allowed_peers.'

/** What the deny list is tried with. */
export type DenyProbeOptions = Readonly<{
  target: ClientTarget
  login: () => ClientLogin
  /** The IP versions that relays are made in. */
  families: readonly (4 | 6)[]
  ownPorts: readonly OwnPort[]
  /** IPs of which media ports are open to relays: there, ports are asked for instead of the IP. */
  mediaIps: readonly string[]
  onlySfu: boolean
}>

/** Whether the relay would have let us, as opposed to not having been asked. */
export function wasGranted({ asked, refused }: DenyProbeRow): boolean {
  return asked && !refused
}

/** Asks the relay, by real requests, to let us reach what it must not; answers what it said to each. */
export async function probeDenyList(options: DenyProbeOptions): Promise<readonly DenyProbeRow[]> {
  const probes = [...denyProbes(options.ownPorts), ...(options.onlySfu ? [STRANGER] : [])]
  const rows: DenyProbeRow[] = []
  for (const family of options.families) {
    const ofFamily = probes.filter(({ address }) => address.family === family)
    rows.push(...(await probeFamily(family, ofFamily, options)))
  }
  return rows
}

async function probeFamily(
  family: 4 | 6,
  probes: readonly DenyProbe[],
  { target, login, mediaIps }: DenyProbeOptions,
): Promise<readonly DenyProbeRow[]> {
  const withMedia = new Set(mediaIps)
  const rows: DenyProbeRow[] = []
  let client: TurnClient | undefined
  try {
    client = await TurnClient.connect(target, login())
    await client.allocate(family)
    for (const probe of probes) {
      const byPort = withMedia.has(probe.address.ip)
      rows.push(rowOf(probe, await ask(client, probe, byPort)))
    }
    await client.release()
  } catch (error) {
    const answer = unasked(messageOf(error))
    rows.push(...probes.slice(rows.length).map((probe) => rowOf(probe, answer)))
  } finally {
    client?.close()
  }
  return rows
}

type Answer = Pick<DenyProbeRow, 'asked' | 'refused' | 'detail'>

/** `why` is a sentence without its beginning and end: that is how errors speak. */
function unasked(why: string): Answer {
  return { asked: false, refused: false, detail: `${why.charAt(0).toUpperCase()}${why.slice(1)}.` }
}

async function ask(client: TurnClient, probe: DenyProbe, byPort: boolean): Promise<Answer> {
  const { address, openable } = probe
  const requests = byPort ? (['channelBind'] as const) : probe.requests
  for (const request of requests) {
    const asked =
      request === 'channelBind' ? client.bindChannel(address) : client.createPermission(address.ip)
    const code = await codeOf(asked)
    if (code === FORBIDDEN) continue
    if (code !== undefined) return unasked(`${request}: ${code}`)
    return { asked: true, refused: false, detail: openable ? OPENED : OPEN }
  }
  return { asked: true, refused: true, detail: `Refused with ${FORBIDDEN}.` }
}

/** The error code of the answer; `undefined` for a success. */
async function codeOf(request: Promise<void>): Promise<number | undefined> {
  try {
    await request
    return undefined
  } catch (error) {
    if (error instanceof TurnRequestError && error.code !== undefined) return error.code
    throw error
  }
}

function rowOf({ name, address }: DenyProbe, answer: Answer): DenyProbeRow {
  return { name, address: `${hostInUrl(address.ip)}:${address.port}`, ...answer }
}
