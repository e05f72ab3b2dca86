import type { TurnDetails, TurnUrl } from '#api'
import type { Use } from '../state/connect-steps.ts'

/** What the snippets are made of. Secrets are placeholders until the admin reveals them. */
export type SnippetFacts = Readonly<{
  urls: TurnDetails['urls']
  secret: string
  apiKey: string
  livekit: Readonly<{ url: string; key: string; secret: string }>
  /** What a call's name is appended to. */
  callPageUrl: string
}>

/** One thing to copy: where it goes, in the words of the product, and the text itself. */
export type Snippet = Readonly<{
  setting: string
  language: 'json' | 'yaml' | 'lua' | 'shell' | 'javascript' | 'text'
  text: string
  hint?: string
}>

/** Something that uses this server; `lead` says where its settings are, `limits` what does not work. */
export type Product = Readonly<{
  id: string
  name: string
  lead: string
  limits?: string
  uses: readonly Use[]
  snippets: (facts: SnippetFacts) => readonly Snippet[]
}>

/** Stands where a secret belongs, so that nobody takes it for one. */
export const SECRET_PLACEHOLDER = 'REVEAL-THE-SECRET-FIRST'
/** Stands where the secret of a LiveKit key belongs. */
export const LIVEKIT_PLACEHOLDER = 'REVEAL-THE-LIVEKIT-SECRET-FIRST'
/** Stands where the key of the API belongs. */
export const KEY_PLACEHOLDER = 'REVEAL-THE-KEY-FIRST'

/** `host:port`, IPv6 in brackets. */
export function hostAndPort({ host, port }: Pick<TurnUrl, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The STUN server without its scheme, `host:port`. */
export function stunHostAndPort({ urls }: SnippetFacts): string {
  return urls.stun.replace(/^stun:/, '')
}

/** Whether a door speaks TLS (a `turns:` URL). */
export function isTls({ transport }: TurnUrl): boolean {
  return transport === 'tls' || transport === 'tls-web'
}

/** All relay URLs, in the order clients should try them. */
export function relayUrls({ urls }: SnippetFacts): readonly string[] {
  return urls.turn.map(({ url }) => url)
}

/** A word that a POSIX shell takes as it stands. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** A string as JSON, JavaScript and YAML write it. */
export function quoted(text: string): string {
  return JSON.stringify(text)
}

/** A string as Lua writes it; what is not plain goes by its code. */
export function luaString(text: string): string {
  const plain = text.replace(/[^ -~]|["\\]/gu, (character) =>
    [...new TextEncoder().encode(character)]
      .map((byte) => `\\${String(byte).padStart(3, '0')}`)
      .join(''),
  )
  return `"${plain}"`
}
