import { join } from 'node:path'
import { installDependencies, projectEnvironment, projectNode, root, run } from './bootstrap.mjs'

// `npm test [-- --fast] [-- files]`: brings what the tests need, then runs them.
process.exitCode = (await installDependencies({ set: 'all' }))
  ? await run(projectNode(), [join(root, 'scripts/test/run.ts'), ...process.argv.slice(2)], {
      env: projectEnvironment(),
    })
  : 1
