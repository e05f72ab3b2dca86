import { readAttributes } from '../../protocol/attributes/attribute-codec.ts'
import { changeRequest } from '../../protocol/attributes/change-request.ts'
import { otherAddress } from '../../protocol/attributes/other-address.ts'
import { padding } from '../../protocol/attributes/padding.ts'
import { responseOrigin } from '../../protocol/attributes/response-origin.ts'
import { responsePort } from '../../protocol/attributes/response-port.ts'
import { xorMappedAddress } from '../../protocol/attributes/xor-mapped-address.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { attribute } from '../answers.ts'
import type { NatDiscovery } from '../nat-discovery.ts'
import { accept, type Outcome, reject, type TurnRequest } from '../request.ts'

/** What a Binding request may carry besides when the server helps to discover NATs (RFC 5780 §7). */
export const discoveryTypes: ReadonlySet<number> = new Set([
  changeRequest.type,
  padding.type,
  responsePort.type,
])

const mostPadding = 1500 // an Ethernet frame: together with the header the answer travels in fragments
const unchanged = { ip: false, port: false }

/**
 * Answers a Binding request from the address and to the port it names (RFC 5780 §6.1). The answer is padded as much as
 * the request was, not to the interface's MTU, so that it grows no faster than what was sent for it.
 */
export function handleDiscovery(request: TurnRequest, discovery: NatDiscovery): Outcome {
  const { message, from } = request
  const { transactionId } = message
  const read = readAttributes(message, { change: changeRequest, responsePort, padding })
  if (!read.ok) return reject(errorCodes.badRequest, 'malformed attribute')
  const { change = unchanged, responsePort: port, padding: filler } = read.value
  if (filler && port !== undefined) {
    return reject(errorCodes.badRequest, 'padding and another port at once')
  }
  const server = discovery.changed(from.server, change)
  const other = discovery.changed(from.server, { ip: true, port: true })
  const told = accept(
    attribute(xorMappedAddress, from.client, transactionId),
    attribute(responseOrigin, server, transactionId),
    attribute(otherAddress, other, transactionId),
    ...(filler ? [attribute(padding, filler.slice(0, mostPadding), transactionId)] : []),
  )
  const client = { ...from.client, port: port ?? from.client.port }
  return { ...told, answerOn: { ...from, client, server } }
}
