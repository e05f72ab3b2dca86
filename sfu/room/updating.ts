import { fault, ok, type Result } from './ambient.ts'
import type { Participant } from './participant.ts'
import { tellParticipant } from './publishing.ts'
import type { Room } from './room.ts'

/** The longest names and the largest notes that a participant may carry. */
const participantLimits = {
  nameCharacters: 256,
  metadataBytes: 512 * 1024,
  attributesBytes: 64 * 1024,
} as const

/** What a participant changes of itself. Empty name or metadata: unchanged. An empty attribute deletes it. */
export type ParticipantChange = Readonly<{
  name: string
  metadata: string
  attributes: ReadonlyMap<string, string>
}>

/** Applies a change and tells everybody, the participant too, for it waits to see its own change. */
export function updateParticipant(
  room: Room,
  participant: Participant,
  change: ParticipantChange,
): Result<undefined, 'notAllowed' | 'limitExceeded'> {
  if (!participant.permissions.canUpdateOwnMetadata) return fault('notAllowed')
  const attributes = mergedAttributes(participant.attributes, change.attributes)
  if (!withinLimits(change, attributes)) return fault('limitExceeded')
  if (change.name !== '') participant.name = change.name
  if (change.metadata !== '') participant.metadata = change.metadata
  participant.attributes = attributes
  tellParticipant(room, participant)
  return ok(undefined)
}

/** Whether these texts are short enough to be carried to everybody. */
export function withinLimits(
  texts: Readonly<{ name: string; metadata: string }>,
  attributes: ReadonlyMap<string, string>,
): boolean {
  return (
    texts.name.length <= participantLimits.nameCharacters &&
    Buffer.byteLength(texts.metadata) <= participantLimits.metadataBytes &&
    attributesBytes(attributes) <= participantLimits.attributesBytes
  )
}

function mergedAttributes(
  before: ReadonlyMap<string, string>,
  change: ReadonlyMap<string, string>,
): Map<string, string> {
  const merged = new Map(before)
  for (const [key, value] of change) {
    if (value === '') merged.delete(key)
    else merged.set(key, value)
  }
  return merged
}

function attributesBytes(attributes: ReadonlyMap<string, string>): number {
  let bytes = 0
  for (const [key, value] of attributes) bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  return bytes
}
