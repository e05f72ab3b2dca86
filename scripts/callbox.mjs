#!/usr/bin/env node
import { join } from 'node:path'
import { installDependencies, projectEnvironment, projectNode, root, run } from './bootstrap.mjs'

// `npx callbox <command>`: the same first steps as `npm start`, without npm's output.
const args = process.argv.slice(2)
process.exitCode = (await installDependencies({ set: 'production', quiet: true }))
  ? await run(projectNode(), [join(root, 'scripts/launch.ts'), ...args], {
      cwd: process.cwd(),
      env: projectEnvironment(),
    })
  : 1
