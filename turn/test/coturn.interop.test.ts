import { readFile, writeFile } from 'node:fs/promises'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { contractPage, tryContract } from './contract-table.ts'
import { startOurEngine } from './our-engine.ts'
import { coturnVersion, startCoturn, startNodeTurn } from './reference-servers.ts'

const page = new URL('../../docs/TURN-CONTRACT.md', import.meta.url)

t.setTimeout(120_000)

t.test(
  'the contract, kept by us and shown beside coturn and node-turn',
  { skip: needs('coturn') },
  async (t) => {
    const version = await coturnVersion()
    const ours = await tryContract('ours', await startOurEngine())
    t.same([...ours.broken], [], 'ours keeps all of it')
    const coturn = await tryContract(`coturn ${version}`, await startCoturn())
    const nodeTurn = await tryContract('node-turn 0.0.6', await startNodeTurn())
    const found = contractPage([ours, coturn, nodeTurn])
    if (process.env['WRITE_DOCS'] === '1') await writeFile(page, found)
    const written = await readFile(page, 'utf8')
    const sameCoturn = written.includes(`coturn ${version}`)
    const skip = sameCoturn ? false : `the page was written with another coturn than ${version}`
    await t.test('docs/TURN-CONTRACT.md says what was found', { skip }, (t) => {
      t.equal(written, found)
      t.end()
    })
  },
)
