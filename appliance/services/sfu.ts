import { type Admit, createSfu, type Sfu } from '#sfu'
import type { Config } from '../config/schema.ts'
import { stunUrls, turnUrls } from '../ice-urls.ts'
import { mediaPorts } from '../media-ports.ts'
import type { IssueCredentials } from '../relay/issue-credentials.ts'
import type { Ground } from './ground.ts'

/** Chat servers' own tokens live as long; a person's page gets fresh ones while it is in a call. */
const CALL_TOKEN_SECONDS = 6 * 3600

/** Makes the SFU; people in calls get our TURN server with credentials of their own. */
export function assembleSfu(
  { loaded: { config }, livekitKeys, plan, ice, version, log }: Ground,
  {
    issue,
    admit,
    current,
  }: Readonly<{ issue: IssueCredentials; admit: Admit; current: () => Config }>,
): Sfu {
  const worker = process.env['MEDIASOUP_WORKER_BIN']
  return createSfu({
    media: {
      workers: config.rtc.workers,
      ports: mediaPorts(config),
      listen: plan.mediaListen,
      ...(worker === undefined ? {} : { workerBin: worker }),
    },
    livekitKeys: livekitKeys.all,
    maxParticipants: () => current().calls.max_participants,
    iceServers: (participantSid) => {
      const { username, password } = issue(participantSid)
      return [{ urls: stunUrls(ice()) }, { urls: turnUrls(ice()), username, credential: password }]
    },
    serverVersion: version,
    admit,
    log: log.child({ part: 'sfu' }),
  })
}

/** Who gets a call token, and for which room. */
export type CallTokenRequest = Readonly<{ room: string; identity: string; name: string }>

/** Signs the token of one person's seat in a room. */
export function issueCallToken(sfu: Sfu, who: CallTokenRequest): Promise<string> {
  const grant = { roomJoin: true, room: who.room, canUpdateOwnMetadata: true }
  return sfu.createToken({ ...who, lifetimeSeconds: CALL_TOKEN_SECONDS, grant })
}
