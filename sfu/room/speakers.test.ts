import t from 'tap'
import { Speakers } from './speakers.ts'

const heard = (...levels: [string, number][]) => new Map(levels)

t.test('says who began to speak, how loud from 0 to 1, and once who stopped', async (t) => {
  const speakers = new Speakers()
  const [began] = speakers.measure(heard(['anna', -20]))
  t.match(began, { participantSid: 'anna', active: true })
  t.ok(Math.abs((began?.level ?? 0) - 0.1) < 1e-9, '-20 dBov is a tenth')
  t.same(speakers.measure(heard(['anna', -20])), [], 'no news')
  t.same(speakers.measure(heard()), [{ participantSid: 'anna', level: 0, active: false }])
  t.same(speakers.measure(heard()), [])
})

t.test('smooths a change over intervals', async (t) => {
  const speakers = new Speakers()
  speakers.measure(heard(['anna', -40]))
  const [louder] = speakers.measure(heard(['anna', -20]))
  t.ok(louder && louder.level > 0.05 && louder.level < 0.1)
})

t.test('what is barely audible is not speaking', async (t) => {
  t.same(new Speakers().measure(heard(['anna', -60])), [])
})

t.test('a muted or departed one is silenced once', async (t) => {
  const speakers = new Speakers()
  speakers.measure(heard(['anna', -20]))
  t.match(speakers.silence('anna'), { active: false, level: 0 })
  t.equal(speakers.silence('anna'), undefined)
})
