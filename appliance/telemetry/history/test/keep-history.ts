import { createLongHistory } from '../long-history.ts'
import { MIDNIGHT_MS, samplePoint } from './sample-points.ts'

/**
 * A program that keeps some minutes of history in a folder and tells on its standard output what it
 * logged, and then how many points it has: `node keep-history.ts <folder> <first minute> <minutes> [stay]`.
 * With `stay` it goes on until it is killed.
 */
const [folder = '', first = '0', minutes = '1', stay] = process.argv.slice(2)
const beginMs = MIDNIGHT_MS + Number(first) * 60_000
let nowMs = beginMs
const say = (facts: object) => process.stdout.write(`${JSON.stringify(facts)}\n`)
const log = (facts: object, message: string) => void say({ ...facts, message })
const history = createLongHistory({
  folder,
  recent: () => [],
  nowMs: () => nowMs,
  log: { info: log, warn: log },
})
await history.open()
for (const endMs = beginMs + Number(minutes) * 60_000; nowMs < endMs; nowMs += 1000) {
  history.record(samplePoint(nowMs))
}
const { points } = await history.range({ fromMs: MIDNIGHT_MS, toMs: nowMs, points: 1000 })
say({ points: points.length })
if (stay === undefined) await history.close()
else setInterval(() => undefined, 1000)
