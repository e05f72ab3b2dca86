import { join } from 'node:path'
import { installDependencies, projectEnvironment, projectNode, root, run } from './bootstrap.mjs'

// `npm start -- <options>`: from a fresh clone to a running appliance, in the foreground.
const args = process.argv.slice(2)
process.exitCode = (await installDependencies({ set: 'production' }))
  ? await run(projectNode(), [join(root, 'scripts/launch.ts'), 'start', ...args], {
      cwd: process.cwd(),
      env: projectEnvironment(),
    })
  : 1
