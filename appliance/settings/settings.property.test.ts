import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { SettingValue } from '#api'
import { loadConfig } from '../config/load.ts'
import { companions, samples, wrong } from '../config/option-samples.ts'
import { options, valueAt } from '../config/options.ts'
import type { Config } from '../config/schema.ts'
import { settingsFile } from '../config/settings-layer.ts'
import { settingsOn } from './test/settings-on.ts'

const leaf = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
)
const anything: fc.Arbitrary<SettingValue | null> = fc.oneof(
  fc.constant(null),
  leaf,
  fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }),
  fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), { maxKeys: 4 }),
)

const alone = Object.entries(samples).filter(([path]) => companions[path] === undefined)

/** An option, known or not, and a value that is good alone, known to be bad, or anything. */
const entry = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(...alone.map(([path, [value]]) => [path, value] as const)),
  },
  fc.constantFrom(...Object.entries(wrong)),
  fc.tuple(fc.constantFrom(...options.map(({ path }) => path)), anything),
  fc.tuple(fc.string({ unit: 'binary', maxLength: 30 }), anything),
)
const proposals = fc.array(fc.array(entry, { minLength: 1, maxLength: 4 }), { maxLength: 4 })

type On = Awaited<ReturnType<typeof settingsOn>>
type Values = Readonly<Record<string, SettingValue | null>>

/** Whether it was saved. */
async function propose(t: Test, { admin, from, dataDir }: On, values: Values): Promise<boolean> {
  const text = () => readFile(settingsFile(dataDir), 'utf8').catch(() => undefined)
  const [before, config] = [await text(), (await loadConfig(from)).config]
  const preview = await admin.preview({ values })
  const outcome = await admin.save({ values }, 'ann')
  const after = await loadConfig(from)
  t.same(after.settings.problems, [])
  t.equal(outcome.ok, preview.problems.length === 0)
  if (outcome.ok) sameAsProposed(t, after.config, values)
  else t.same([await text(), after.config], [before, config], 'nothing is changed')
  return outcome.ok
}

function sameAsProposed(t: Test, config: Config, values: Values): void {
  for (const { path, keys } of options) {
    const value = Object.hasOwn(values, path) ? values[path] : null
    if (value !== null) t.same(valueAt(config, keys), value, path)
  }
}

t.test(
  'a proposal is saved and loads again as it was shown, or refused, and nothing is changed',
  async (t) => {
    const saved = { yes: 0, no: 0 }
    await fc.assert(
      fc.asyncProperty(proposals, async (series) => {
        const on = await settingsOn(t, 'turn: { realm: file }')
        for (const entries of series) {
          saved[(await propose(t, on, Object.fromEntries(entries) as Values)) ? 'yes' : 'no']++
        }
      }),
      { numRuns: 60 },
    )
    t.ok(saved.yes > 10 && saved.no > 10, `${saved.yes} saved, ${saved.no} refused`)
  },
)

t.test('every option can be set on the page', async (t) => {
  const { admin, from } = await settingsOn(t)
  for (const { path, keys, text } of options) {
    const [sample] = samples[path] ?? []
    if (text.notYet !== undefined || sample === undefined) continue
    const beside = (companions[path] ?? []).map((pair) => fromVariable(pair))
    const values = Object.fromEntries([...beside, [path, sample]]) as Record<string, SettingValue>
    t.match(await admin.save({ values }, 'ann'), { ok: true }, path)
    t.same(valueAt((await loadConfig(from)).config, keys), sample, path)
    const back = Object.fromEntries(Object.keys(values).map((name) => [name, null]))
    t.match(await admin.save({ values: back }, 'ann'), { ok: true }, `${path} back`)
  }
})

function fromVariable(pair: string): readonly [string, SettingValue] {
  const [variable = '', text = ''] = pair.split('=')
  const option = options.find((each) => each.variable === variable)
  const kind = option?.text.kind
  const value = kind === 'number' ? Number(text) : kind === 'list' ? text.split(',') : text
  return [option?.path ?? '', value]
}
