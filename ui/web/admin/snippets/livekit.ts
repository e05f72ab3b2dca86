import type { TurnUrl } from '#api'
import { isTls, type Product, quoted, type SnippetFacts, stunHostAndPort } from './snippet.ts'

/** A LiveKit server of one's own. This server's own calls need none of it. */
export const livekit: Product = {
  id: 'livekit-server',
  name: 'LiveKit server (TURN)',
  lead: 'For a LiveKit server of your own: put this into its config.yaml and restart it. Calls on this server already have the relay.',
  uses: ['turn'],
  snippets: (facts) => [
    {
      setting: 'rtc.stun_servers and rtc.turn_servers',
      language: 'yaml',
      text: config(facts),
      hint: 'LiveKit servers from before 2026 refuse "secret". Give those a "username" and "credential" instead, those of a user in turn.static_users of this server.',
    },
  ],
}

function config(facts: SnippetFacts): string {
  return [
    'rtc:',
    '  stun_servers:',
    `    - ${quoted(stunHostAndPort(facts))}`,
    '  turn_servers:',
    ...facts.urls.turn.flatMap((door) => turnServer(door, facts.secret)),
  ].join('\n')
}

function turnServer(door: TurnUrl, secret: string): readonly string[] {
  return [
    `    - host: ${quoted(door.host)}`,
    `      port: ${door.port}`,
    `      protocol: ${isTls(door) ? 'tls' : door.transport}`,
    `      secret: ${quoted(secret)}`,
  ]
}
