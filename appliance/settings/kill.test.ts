import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../config/load.ts'
import { settingsOn } from './test/settings-on.ts'

t.setTimeout(180_000)

const SAVER = join(import.meta.dirname, 'test/saver.ts')

t.test('a process that is killed while it saves leaves what was, or what is new', async (t) => {
  const { from, dataDir, config } = await settingsOn(t)
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [SAVER, config, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    let said = ''
    child.stdout.on('data', (text: Buffer) => {
      said += text
      // Some saves later each time, in the middle of whatever comes next.
      if (said.split('\n').length > 2 + round * 3) child.kill('SIGKILL')
    })
    t.same(await ended, [null, 'SIGKILL'])
    const saved = Number(said.trim().split('\n').at(-1))
    const loaded = await loadConfig(from)
    t.same(loaded.settings.notices, [], 'nothing is damaged')
    const found = loaded.config.calls.max_participants
    t.ok(found >= saved, `${found} is there of ${saved} that were told`)
    t.equal(loaded.config.turn.realm, `realm-${found}`, 'all of one save')
    t.match(await readFile(join(dataDir, 'settings.yaml'), 'utf8'), /^# Written by/)
  }
})
