import { Document, isMap, isScalar, type Scalar } from 'yaml'
import { describeSource, type LoadedConfig, type Origin } from '../config/load.ts'
import { options, optionsByPath } from '../config/options.ts'
import type { Config } from '../config/schema.ts'
import { livekitKeys, readSecrets } from '../data-dir.ts'
import { turnSecrets } from '../relay/turn-secrets.ts'
import { type Command, configOptions, jsonOption, loadGivenConfig } from './command.ts'
import { writeJson } from './io.ts'

const MASK = '(hidden, see --reveal)'

const notYet = options.filter(({ text }) => text.notYet !== undefined).map(({ path }) => path)

/** `callbox config show`: the values in effect, generated secrets included. */
export const configShow: Command = {
  name: 'config show',
  summary: 'print the values in effect',
  details:
    'Secrets are hidden unless --reveal is given; generated ones exist after the first start.',
  options: [...configOptions, { name: 'reveal', help: 'print secrets too' }, jsonOption],
  async run(given, io) {
    const loaded = await loadGivenConfig(given, io)
    const effective = await withGeneratedSecrets(loaded)
    const shown = given.flag('reveal') ? effective : maskSecrets(effective, '')
    if (given.flag('json')) {
      const origins = Object.fromEntries(options.map(({ path }) => [path, loaded.originOf(path)]))
      writeJson(io, { source: loaded.source, dataDir: loaded.dataDir, config: shown, origins })
      return 0
    }
    const comments = [
      `from: ${describeSource(loaded.source)}`,
      `data directory: ${loaded.dataDir}`,
      `without effect in this version: ${notYet.join(', ')}`,
      ...loaded.settings.notices.map(({ message }) => `attention: ${message}`),
    ]
    io.out(`${comments.map((line) => `# ${line}\n`).join('')}${withOrigins(shown, loaded)}`)
    return 0
  },
}

const ORIGINS: Readonly<Record<Origin, string>> = {
  default: 'default',
  file: 'file',
  page: 'admin page',
  environment: 'environment',
}

/** As YAML; behind each value, and above each list or map, who set it. */
function withOrigins(shown: unknown, { originOf }: LoadedConfig): string {
  const document = new Document(shown)
  for (const { path, keys } of options) {
    const group = document.getIn(keys.slice(0, -1), true) ?? document.contents
    const pair = isMap<Scalar>(group) && group.items.find(({ key }) => key.value === keys.at(-1))
    if (!pair) continue
    const says = ` ${ORIGINS[originOf(path)]}`
    if (isScalar(pair.value)) pair.value.comment = says
    else pair.key.commentBefore = says
  }
  return document.toString({ lineWidth: 0 })
}

async function withGeneratedSecrets({ config, dataDir }: LoadedConfig): Promise<Config> {
  const secrets = await readSecrets(dataDir)
  if (secrets === undefined) return config
  const [static_auth_secret = '', ...previous_secrets] = turnSecrets(config, secrets)
  return {
    ...config,
    turn: { ...config.turn, static_auth_secret, previous_secrets },
    livekit: { ...config.livekit, keys: Object.fromEntries(livekitKeys(config, secrets)) },
  }
}

/** Puts a mask in the place of every secret that is set; names (API keys) stay. */
function maskSecrets(value: unknown, path: string): unknown {
  const secret = optionsByPath.get(path)?.text.secret === true
  if (secret) return masked(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    maskSecrets(inner, path === '' ? key : `${path}.${key}`),
  ])
  return Object.fromEntries(entries)
}

function masked(value: unknown): unknown {
  if (value === '') return value
  if (Array.isArray(value)) return value.map(() => MASK)
  if (typeof value !== 'object' || value === null) return MASK
  return Object.fromEntries(Object.keys(value).map((key) => [key, MASK]))
}
