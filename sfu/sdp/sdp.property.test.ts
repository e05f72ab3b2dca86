import fc from 'fast-check'
import t from 'tap'
import { routerRtpCapabilities } from '../media/codecs.ts'
import { encodeAnswer } from './encode-answer.ts'
import { parseAnswer, parseOffer } from './parse-description.ts'
import { receiveCapabilities, rtpParametersFor } from './rtp-parameters.ts'
import { recorded, transport } from './test/recorded.ts'
import type { SectionAnswer } from './types.ts'

const names = [
  'chromium-media',
  'chromium-unpublished',
  'firefox-media',
  'firefox-answer',
  'rust-media',
] as const
const descriptions = names.map((name) => recorded(name).split('\r\n'))

/** A recorded description with some lines removed, repeated, cut or replaced. */
const damaged = fc
  .tuple(
    fc.constantFrom(...descriptions),
    fc.array(
      fc.tuple(fc.nat(), fc.constantFrom('drop', 'twice', 'cut', 'junk', 'swap'), fc.string()),
    ),
  )
  .map(([lines, changes]) => {
    const result = [...lines]
    for (const [at, change, text] of changes) {
      const index = at % result.length
      const line = result[index] ?? ''
      if (change === 'drop') result.splice(index, 1)
      if (change === 'twice') result.splice(index, 0, line)
      if (change === 'cut') result[index] = line.slice(0, at % (line.length + 1))
      if (change === 'junk') result[index] = `${line.slice(0, line.indexOf(':') + 1)}${text}`
      if (change === 'swap') result[index] = `a=${text}`
    }
    return result.join('\r\n')
  })

/** Does all that a front door does with a client's description. */
function use(sdp: string): void {
  parseAnswer(sdp)
  const offer = parseOffer(sdp)
  if (!offer.ok) return
  const answers = new Map<string, SectionAnswer>()
  for (const section of offer.value.sections) {
    const options = { cname: 'c', codec: 'video/VP9', routerCapabilities: routerRtpCapabilities }
    const parameters = rtpParametersFor(section, options)
    if (parameters.ok)
      answers.set(section.mid, { accept: 'receive', rtpParameters: parameters.value })
  }
  receiveCapabilities(offer.value.sections)
  const answer = encodeAnswer({ offer: offer.value, transport, answers, version: 1 })
  const reparsed = parseAnswer(answer)
  const isOurs = !reparsed.ok && reparsed.fault.why === 'both sides are ice-lite'
  if (!isOurs) throw new Error(`our own answer: ${JSON.stringify(reparsed)}`)
}

t.test('no string throws', async (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), use), { numRuns: 200 })
  t.pass()
})

t.test('no damage to a description throws, and the answer to it stays sound', async (t) => {
  fc.assert(fc.property(damaged, use), { numRuns: 300 })
  t.pass()
})

t.test('names from outside are not looked up in objects', async (t) => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    use(
      recorded('chromium-media')
        .replaceAll('mid:1', `mid:${name}`)
        .replace('BUNDLE 0 1', `BUNDLE 0 ${name}`),
    )
    use(recorded('chromium-media').replaceAll('VP8', name).replaceAll('minptime', name))
  }
  t.equal(Object.getPrototypeOf({}), Object.prototype)
})

t.test('the longest description is dealt with at once', async (t) => {
  const long = 'a=fmtp:111 '.concat('a=1;'.repeat(1000))
  const sdp = recorded('chromium-media').concat(`${long}\r\n`.repeat(120))
  const startedMs = performance.now()
  use(sdp)
  t.ok(performance.now() - startedMs < 1000)
})
