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

/** A bad network for some clients: requests are performed with a fresh nonce where the old one has lapsed. */
function createBadNetwork(scenario: Scenario, random: () => number) {
  const late: (readonly [ScenarioClient, Uint8Array, string])[] = []
  const ask = (client: ScenarioClient, method: number, makers: readonly AttributeMaker[]) => {
    const bytes = encodeRequest(method, makers, { login: client.login })
    const answer = sendUntilAnswered(scenario, client, bytes, random)
    late.push([client, bytes, JSON.stringify(answer)])
    return answer
  }
  return {
    perform(client: ScenarioClient, method: number, makers: readonly AttributeMaker[]) {
      const answer = ask(client, method, makers)
      if (errorIn(answer) !== 438) return answer
      client.learnNonce()
      return ask(client, method, makers)
    },
    /** Delivers some of the requests once more, after later ones and in any order; counts them. */
    deliverLate(share: number): number {
      const chosen = late.splice(0).filter(() => random() < share)
      chosen.sort(() => random() - 0.5)
      for (const [client, bytes, answer] of chosen) {
        const again = scenario.bind(client.send(bytes)).filter(isAnswer)
        if (JSON.stringify(again) !== answer) throw new Error('a late one had another answer')
      }
      return chosen.length
    },
  }
}

t.test('keeps twenty allocations through a day of refreshes over a bad network', (t) => {
  const scenario = new Scenario({ families: [4, 6] })
  const { perform, deliverLate } = createBadNetwork(scenario, seeded(20_261_122))
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
  let late = 0
  for (let elapsed = 0; elapsed < 86_400; elapsed += 250) {
    late += deliverLate(1 / 4)
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
  t.ok(late > 4000, `${late} requests came a second time, after others, and changed nothing`)
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

t.test('makes nothing of requests that come again after all is given back', (t) => {
  const scenario = new Scenario({ families: [4, 6] })
  const { perform, deliverLate } = createBadNetwork(scenario, seeded(20_261_123))
  const clients = Array.from({ length: 50 }, (_, n) =>
    scenario.client({ port: 100 + n, id: `user ${n}` }).learnNonce(),
  )
  for (const [n, client] of clients.entries()) {
    const peer = having(xorPeerAddress, peerAt(n))
    const both = having(additionalAddressFamily, 6)
    perform(client, methods.allocate, [having(requestedTransport, 17), both])
    perform(client, methods.channelBind, [having(channelNumber, channel), peer])
    perform(client, methods.refresh, [having(lifetime, 0)])
  }
  t.equal(deliverLate(1), 150, 'each request once more')
  t.equal(scenario.server.stats().allocations, 0)
  t.equal([...scenario.server.flows()].length, 0)
  t.ok(scenario.server.indexesAgree())
  t.end()
})
