import type { Participant } from './participant.ts'
import type { DataMessage } from './participant-door.ts'
import type { Room } from './room.ts'

/** To whom a data message goes; both lists empty is to everybody. */
export type DataDestinations = Readonly<{
  identities: readonly string[]
  sids: readonly string[]
}>

/** Passes a data message on to others in the room, never back to its sender. */
export function sendData(
  room: Room,
  sender: Participant,
  message: DataMessage,
  destinations: DataDestinations,
): void {
  if (sender.gone || !sender.permissions.canPublishData) return
  const identities = new Set(destinations.identities)
  const sids = new Set(destinations.sids)
  const everybody = identities.size === 0 && sids.size === 0
  for (const other of room.participants.values()) {
    if (other === sender) continue
    if (everybody || identities.has(other.identity) || sids.has(other.sid)) {
      other.door.dataArrived(message)
    }
  }
}
