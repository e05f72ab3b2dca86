import { join } from 'node:path'
import { installDependencies, projectEnvironment, projectNode, root, run } from './bootstrap.mjs'

// `npm run release [-- options]`: brings what the server runs on, then makes the bundle.
process.exitCode = (await installDependencies({ set: 'production' }))
  ? await run(projectNode(), [join(root, 'scripts/release/build.ts'), ...process.argv.slice(2)], {
      cwd: process.cwd(),
      env: projectEnvironment(),
    })
  : 1
