import { xorMappedAddress } from '../../protocol/attributes/xor-mapped-address.ts'
import { attribute } from '../answers.ts'
import { accept, type Outcome, type TurnRequest } from '../request.ts'

/** Tells a client its address as the server sees it (RFC 8489 §12). */
export function handleBinding({ message, from }: TurnRequest): Outcome {
  return accept(attribute(xorMappedAddress, from.client, message.transactionId))
}
