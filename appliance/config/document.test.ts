import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import t from 'tap'
import { describeOptions } from './document.ts'
import { options } from './options.ts'

t.test('docs/CONFIG.md is what the schema says', async (t) => {
  const page = await readFile(resolve(import.meta.dirname, '../../docs/CONFIG.md'), 'utf8')
  t.equal(page, describeOptions())
})

t.test(
  'lists every option once, with its default, and marks what is not in this version',
  async (t) => {
    const lines = describeOptions().split('\n')
    for (const { path, text } of options) {
      const found = lines.filter((line) => line.startsWith(`| \`${path}\` |`))
      t.equal(found.length, 1, path)
      t.equal(found[0]?.includes('Not in this version'), text.notYet !== undefined)
      t.equal(found[0]?.split(' | ').length, 4)
    }
  },
)
