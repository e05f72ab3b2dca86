import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { frameStates, frameText } from './frames.ts'

// Writes the screens anew that the tests compare with: look at what changed before you keep it.
const folder = join(import.meta.dirname, 'frames')
mkdirSync(folder, { recursive: true })
for (const [name, state] of Object.entries(frameStates)) {
  writeFileSync(join(folder, `${name}.txt`), frameText(state))
}
