import t from 'tap'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { methods } from '../protocol/methods.ts'
import type { TurnOutput } from '../server/turn-io.ts'
import { encodeRequest, having } from './encode-request.ts'
import { errorIn, Scenario, type ScenarioClient } from './scenario.ts'

/** Numbers from 0 to 1, the same in every run (Park and Miller's generator). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

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

t.test('keeps twenty allocations through a day of refreshes over a bad network', (t) => {
  const scenario = new Scenario()
  const random = seeded(20_261_122)
  const clients = Array.from({ length: 20 }, (_, n) =>
    scenario.client({ port: 100 + n, id: `user ${n}`, lifetimeSeconds: 3600 }).learnNonce(),
  )
  const perform = (
    client: ScenarioClient,
    method: number,
    value: Parameters<typeof encodeRequest>[1],
  ) => {
    const answer = sendUntilAnswered(
      scenario,
      client,
      encodeRequest(method, value, { login: client.login }),
      random,
    )
    if (errorIn(answer) === 438) {
      client.learnNonce()
      return sendUntilAnswered(
        scenario,
        client,
        encodeRequest(method, value, { login: client.login }),
        random,
      )
    }
    return answer
  }
  for (const client of clients) {
    t.equal(errorIn(perform(client, methods.allocate, [having(requestedTransport, 17)])), undefined)
  }
  const ids = [...scenario.server.allocations()].map(({ id }) => id)
  let refreshes = 0
  for (let elapsed = 0; elapsed < 86_400; elapsed += 500) {
    scenario.advance(500)
    for (const client of clients) {
      if (errorIn(perform(client, methods.refresh, [having(lifetime, 600)])) === undefined)
        refreshes++
    }
  }
  t.equal(refreshes, 20 * 173)
  t.same(
    [...scenario.server.allocations()].map(({ id }) => id),
    ids,
    'the very same allocations',
  )
  for (const client of clients) perform(client, methods.refresh, [having(lifetime, 0)])
  t.equal(scenario.server.stats().allocations, 0)
  t.equal(scenario.server.nextTimeoutMs(), undefined)
  t.ok(scenario.server.indexesAgree())
  t.end()
})
