import t from 'tap'
import { additionalAddressFamily } from '../protocol/attributes/additional-address-family.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { type ChannelNumber, encodeChannelData } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import type { TurnOutput } from '../server/turn-io.ts'
import { type AttributeMaker, encodeRequest, having } from './encode-request.ts'
import { errorIn, peerAt, Scenario, type ScenarioClient } from './scenario.ts'
import { seeded } from './seeded.ts'

const channel = 0x4001 as ChannelNumber

/** Sends a request over a network that loses a third and doubles a fifth of the packets, until it is answered. */
function sendUntilAnswered(
  scenario: Scenario,
  client: ScenarioClient,
  bytes: Uint8Array,
  random: () => number,
): TurnOutput[] {
  for (let attempt = 0; attempt < 40; attempt++) {
    if (random() < 1 / 3) continue
    const answer = scenario.bind(client.send(bytes)).filter(isAnswer)
    const again = random() < 1 / 5 ? client.send(bytes).filter(isAnswer) : answer
    if (JSON.stringify(again) !== JSON.stringify(answer)) throw new Error('another answer')
    if (random() > 1 / 3) return answer
  }
  throw new Error('the network lost everything')
}

function isAnswer(output: TurnOutput): boolean {
  return output.type === 'sendToClient'
}

/** Performs requests over the bad network, with a fresh nonce where the old one has lapsed. */
function overBadNetwork(scenario: Scenario, random: () => number) {
  return (client: ScenarioClient, method: number, makers: readonly AttributeMaker[]) => {
    const send = () => {
      const bytes = encodeRequest(method, makers, { login: client.login })
      return sendUntilAnswered(scenario, client, bytes, random)
    }
    const answer = send()
    if (errorIn(answer) !== 438) return answer
    client.learnNonce()
    return send()
  }
}

t.test('keeps twenty allocations through a day of refreshes over a bad network', (t) => {
  const scenario = new Scenario({ families: [4, 6] })
  const perform = overBadNetwork(scenario, seeded(20_261_122))
  const clients = Array.from({ length: 20 }, (_, n) =>
    scenario.client({ port: 100 + n, id: `user ${n}`, lifetimeSeconds: 3600 }).learnNonce(),
  )
  for (const [n, client] of clients.entries()) {
    const dual = n % 2 === 0 ? [having(additionalAddressFamily, 6)] : []
    const asked = [having(requestedTransport, 17), ...dual]
    t.equal(errorIn(perform(client, methods.allocate, asked)), undefined)
  }
  const ids = [...scenario.server.allocations()].map(({ id }) => id)
  let renewals = 0
  let relayed = 0
  for (let elapsed = 0; elapsed < 86_400; elapsed += 250) {
    scenario.advance(250)
    for (const [n, client] of clients.entries()) {
      const peer = having(xorPeerAddress, peerAt(n))
      // A browser renews what lapses first a little early: permissions here, the allocation every other time.
      const done = [
        perform(client, methods.createPermission, [peer]),
        perform(client, methods.channelBind, [having(channelNumber, channel), peer]),
        ...(elapsed % 500 === 0 ? [perform(client, methods.refresh, [having(lifetime, 600)])] : []),
      ]
      renewals += done.filter((answer) => errorIn(answer) === undefined).length
      relayed += client.send(encodeChannelData(channel, Uint8Array.of(1), false)).length
    }
  }
  t.equal(renewals, 20 * (346 * 2 + 173))
  t.equal(relayed, 20 * 346, 'no binding ever lapsed')
  t.same(
    [...scenario.server.allocations()].map(({ id }) => id),
    ids,
    'the very same allocations',
  )
  t.equal([...scenario.server.flows()].length, 40, 'one permission and one channel each')
  t.match(scenario.server.stats(), { byFamily: { 4: 20, 6: 10 } })
  for (const client of clients) perform(client, methods.refresh, [having(lifetime, 0)])
  t.equal(scenario.server.stats().allocations, 0)
  t.equal(scenario.server.nextTimeoutMs(), undefined)
  t.ok(scenario.server.indexesAgree())
  t.end()
})
