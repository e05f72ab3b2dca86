import {
  RequestResponse,
  RequestResponse_Reason,
  type UpdateParticipantMetadata,
} from '@livekit/protocol'
import { updateParticipant } from '../../room/updating.ts'
import type { Session } from '../session.ts'

const outcomes = {
  notAllowed: [RequestResponse_Reason.NOT_ALLOWED, 'no permission to update own metadata'],
  limitExceeded: [RequestResponse_Reason.LIMIT_EXCEEDED, 'name, metadata or attributes too large'],
} as const

/** Changes the client's own name, metadata or attributes; it is told the outcome under its request's id. */
export async function updateMetadata(
  session: Session,
  request: UpdateParticipantMetadata,
): Promise<void> {
  const updated = updateParticipant(session.room, session.participant, {
    name: request.name,
    metadata: request.metadata,
    attributes: new Map(Object.entries(request.attributes)),
  })
  const [reason, message] = updated.ok ? [RequestResponse_Reason.OK, ''] : outcomes[updated.fault]
  const { requestId } = request
  const value = new RequestResponse({
    requestId,
    reason,
    message,
    request: { case: 'updateMetadata', value: request },
  })
  session.send({ case: 'requestResponse', value })
  if (updated.ok) session.claimsChanged()
}
