import { readFileSync } from 'node:fs'
import t from 'tap'
import { defaultLimits } from '../index.ts'
import { amplificationPage, factorsOf, strangersExchanges } from './amplification.ts'

const exchanges = strangersExchanges()

t.test('gives a stranger at most 4.8 times the bytes, 2.6 on the wire, with a short realm', (t) => {
  for (const exchange of exchanges) {
    const { payload, onWire } = factorsOf(exchange)
    const long = exchange.name.includes('realm of 127')
    t.ok(payload <= (long ? 10.5 : 4.8), `${exchange.name}: ${payload.toFixed(2)}`)
    t.ok(onWire <= (long ? 5 : 2.6), `${exchange.name}: ${onWire.toFixed(2)} on the wire`)
  }
  t.end()
})

t.test('answers no indication, no response and nothing that is no request', (t) => {
  const silent = exchanges.filter(({ answerBytes }) => answerBytes === 0).map(({ name }) => name)
  t.same(silent, [
    'a method nobody knows',
    'Send indication',
    'Binding indication',
    'a response',
    'ChannelData',
    'anything else',
  ])
  t.end()
})

t.test('says so in the documentation, with the budgets of the code', (t) => {
  const page = readFileSync(new URL('../../docs/TURN-AMPLIFICATION.md', import.meta.url), 'utf8')
  t.equal(page, amplificationPage(), 'stale: write it again as its last line says')
  t.match(defaultLimits, {
    unauthenticatedAnswersPerSecond: 50,
    unauthenticatedAnswersBurst: 250,
    wrongCredentialsPerMinute: 60,
  })
  t.end()
})
