import { runCli } from './cli/run.ts'

const outcome = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  env: process.env,
  colour: process.stdout.isTTY && !process.env['NO_COLOR'],
  now: Date.now,
})
process.exitCode =
  typeof outcome === 'number' ? outcome : await (await import('./serve.ts')).serve(outcome)
