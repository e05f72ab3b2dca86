import { parseDocument, stringify } from 'yaml'
import { z } from 'zod'
import { type LayerValues, nestedLayer } from './settings-layer.ts'

/** What the file of a version is called: its number, the milliseconds of its moment. */
export const VERSION_FILE = /^(\d{13,16})\.yaml$/

const changeSchema = z.object({
  path: z.string().max(200),
  before: z.string().max(1000),
  after: z.string().max(1000),
  live: z.boolean(),
})

const versionSchema = z.object({
  atMs: z.number().int().min(0).max(8.64e15),
  by: z.string().max(200),
  changes: z.array(changeSchema).max(200).readonly(),
  settings: z.record(z.string(), z.unknown()).nullish(),
})

/** A saved state as its file has it; `changes` hold no secret, `settings` may. */
export type StoredVersion = Readonly<z.infer<typeof versionSchema>>

/** Reads the file of a version. Throws on what none is. */
export function parseVersion(text: string): StoredVersion {
  const document = parseDocument(text, { prettyErrors: false })
  if (document.errors.length > 0) throw new Error('this is no version of settings')
  const parsed = versionSchema.parse(document.toJS({ maxAliasCount: 0 }))
  return { ...parsed, settings: parsed.settings ?? {} }
}

/** Writes the file of a version. */
export function versionText(
  { atMs, by, changes }: Omit<StoredVersion, 'settings'>,
  values: LayerValues,
): string {
  return stringify(
    { atMs, by, changes, settings: nestedLayer(values) },
    { aliasDuplicateObjects: false },
  )
}
