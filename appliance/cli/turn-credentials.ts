import { randomUUID } from 'node:crypto'
import { issueCredentials } from '#turn'
import type { LoadedConfig } from '../config/load.ts'
import { readSecrets } from '../data-dir.ts'
import { ApplianceError } from '../errors.ts'
import { iceAddress, stunUrls, turnDoors, turnUrls } from '../ice-urls.ts'
import { resolvePublicAddress } from '../public-address.ts'
import { MAX_LIFETIME_SECONDS } from '../relay/issue-credentials.ts'
import { turnSecrets } from '../relay/turn-secrets.ts'
import { readChoice } from '../tls/choice.ts'
import { findSupplied, wantedBy } from '../tls/supply.ts'
import { type Command, configOptions, jsonOption, loadGivenConfig, UsageError } from './command.ts'
import { writeJson } from './io.ts'

const SELF_SIGNED =
  'Browsers refuse the turns: URLs while the certificate is self-signed, so they are left out here.'

/** `callbox turn-credentials`: a user name and password that work for a while. */
export const turnCredentials: Command = {
  name: 'turn-credentials',
  summary: 'print a TURN user name and password that work for a while',
  options: [
    ...configOptions,
    {
      name: 'ttl',
      value: 'SECONDS',
      help: 'how long they work (default: turn.credentials_expiration_minutes)',
    },
    {
      name: 'id',
      value: 'NAME',
      help: 'whom they are for, part of the user name (default: random)',
    },
    jsonOption,
  ],
  async run(given, io) {
    const lifetimeSeconds = parseLifetime(given.text('ttl'))
    const id = parseId(given.text('id'))
    const loaded = await loadGivenConfig(given, io)
    const { config } = loaded
    const { username, password, expiresAtSeconds } = issueCredentials({
      secret: await currentSecret(loaded),
      id,
      lifetimeSeconds: lifetimeSeconds ?? config.turn.credentials_expiration_minutes * 60,
      nowSeconds: Math.floor(io.now() / 1000),
    })
    const { address } = await resolvePublicAddress(config)
    const ice = iceAddress(address, config, await certificateSource(loaded))
    const urls = [...stunUrls(ice), ...turnDoors(ice).map(({ url }) => url)]
    const usable = [...stunUrls(ice), ...turnUrls(ice)]
    const iceServer = { urls: usable, username, credential: password }
    const expiresAt = new Date(expiresAtSeconds * 1000).toISOString()
    if (given.flag('json')) {
      writeJson(io, { username, password, urls, expiresAt, iceServer })
      return 0
    }
    const lines = [
      `username  ${username}`,
      `password  ${password}`,
      ...urls.map((url) => `url       ${url}`),
      `expires   ${expiresAt}`,
      '',
      ...(usable.length < urls.length ? [SELF_SIGNED] : []),
      'RTCIceServer',
      JSON.stringify(iceServer),
    ]
    io.out(`${lines.join('\n')}\n`)
    return 0
  },
}

async function certificateSource({ config, dataDir }: LoadedConfig) {
  const { tls } = config.web
  const wanted = wantedBy(tls, await readChoice(dataDir))
  // Whoever asks for credentials need not be able to read the key.
  if (wanted.source === 'files') return wanted.source
  return (await findSupplied(wanted, { tls, dataDir }))?.source
}

async function currentSecret({ config, dataDir }: LoadedConfig): Promise<string> {
  const given = config.turn.static_auth_secret
  if (given !== '') return given
  const secrets = await readSecrets(dataDir)
  const [current] = secrets === undefined ? [] : turnSecrets(config, secrets)
  if (current !== undefined) return current
  throw new ApplianceError(
    'SECRETS_UNREADABLE',
    `There is no TURN secret in ${dataDir} yet.`,
    'Start the appliance once, name its data directory with --data-dir, or set turn.static_auth_secret.',
  )
}

function parseLifetime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= MAX_LIFETIME_SECONDS) return seconds
  throw new UsageError(`--ttl takes seconds from 1 to ${MAX_LIFETIME_SECONDS} (a week).`)
}

function parseId(text: string | undefined): string {
  if (text === undefined) return randomUUID().slice(0, 8)
  if (/^[\w.@-]{1,64}$/.test(text)) return text
  throw new UsageError('--id takes up to 64 letters, digits and . _ @ -')
}
