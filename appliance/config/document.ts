import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LIVE_OPTIONS } from '../reload.ts'
import { defaults } from './defaults.ts'
import { type Option, options, valueAt } from './options.ts'

const target = resolve(import.meta.dirname, '../../docs/CONFIG.md')

const INTRODUCTION = `# Configuration

This page is generated from the schema: \`node appliance/config/document.ts\`.

The appliance runs without any configuration. To change something, write the options that differ
into one YAML file and name it with \`--config FILE\` or \`CALLBOX_CONFIG\`; without either,
\`/etc/callbox/config.yaml\` is read if it exists. An unknown name or a value that an option does not
take stops the start, with the line and what to do. \`npx callbox config check\` checks without
starting; \`npx callbox config show\` prints the values in effect.

\`\`\`yaml
public_address: calls.example.org
web:
  tls:
    mode: files
    cert_file: /etc/ssl/calls.pem
    key_file: /etc/ssl/calls.key
turn:
  relay_port_min: 50000
  relay_port_max: 59999
\`\`\`

Every option can also be set by the environment, which wins over the file: \`CALLBOX_\` and the path
in upper case, joined with two underscores (\`turn.port\` is \`CALLBOX_TURN__PORT\`). Lists are
separated by commas, maps are written as \`{ name: value }\`, an empty variable sets nothing.

The admin page changes options too, under Settings. What it sets lies in \`settings.yaml\` of the data directory and goes before
the file, and the environment goes before both ([more](OPERATIONS.md#settings-from-the-page)).
\`npx callbox config show\` says who set each value.

On SIGHUP the file is read again; the options that say so follow it at once, the others at the next
start ([more](OPERATIONS.md#reloading)).

Secrets that are not given are generated at the first start and kept, with certificates and the
admin's record, in the data directory: \`--data-dir\`, else \`CALLBOX_DATA_DIR\`, else \`./data\`.
`

/** Writes the page that lists every option: docs/CONFIG.md, as Markdown. */
export function describeOptions(): string {
  const sections = Map.groupBy(options, ({ keys }) => (keys.length === 1 ? '' : (keys[0] ?? '')))
  const parts = [...sections].map(([name, members]) =>
    [
      `## ${name === '' ? 'General' : name}`,
      '',
      '| option | default | takes | what it does |',
      '|---|---|---|---|',
      ...members.map(row),
      '',
    ].join('\n'),
  )
  return [INTRODUCTION, ...parts].join('\n')
}

function row(option: Option): string {
  const { accepts, unit, effect, mattermost, notYet } = option.text
  const takes = unit === undefined ? accepts : `${accepts}; ${unit}`
  const notes = [
    effect,
    mattermost === undefined ? '' : `In Mattermost: *${mattermost}*.`,
    notYet === undefined ? '' : '**Not in this version: has no effect.**',
    LIVE_OPTIONS.includes(option.path) ? 'Followed on SIGHUP.' : '',
  ]
  const cells = [`\`${option.path}\``, byDefault(option), takes, notes.filter(Boolean).join(' ')]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function byDefault(option: Option): string {
  return option.text.byDefault ?? `\`${String(valueAt(defaults, option.keys))}\``
}

async function run(checkOnly: boolean): Promise<number> {
  const page = describeOptions()
  if (!checkOnly) {
    await writeFile(target, page)
    return 0
  }
  if ((await readFile(target, 'utf8')) === page) return 0
  process.stderr.write('docs/CONFIG.md is stale: run `node appliance/config/document.ts`\n')
  return 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await run(process.argv.includes('--check'))
}
