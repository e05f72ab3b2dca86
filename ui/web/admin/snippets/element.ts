import { type Product, quoted, relayUrls, type SnippetFacts, shellWord } from './snippet.ts'

/** Matrix with Element Call: a service of its own signs the tokens for this server. */
export const element: Product = {
  id: 'element',
  name: 'Element Call (Matrix)',
  lead: 'Element Call needs the LiveKit authorization service (lk-jwt-service) beside the homeserver. Start it with these variables; clients find it by .well-known, and Synapse hands out the relay for calls between two.',
  limits:
    'The service must make no rooms: this version does not offer the server API of LiveKit (RoomService). So LIVEKIT_FULL_ACCESS_HOMESERVERS names nobody, and rooms open by themselves. Whoever is signed in at a homeserver that the service believes can then start a call here. Leaving on behalf of a client that lost its network (delegated delayed events) does not work.',
  uses: ['livekit', 'turn'],
  snippets: (facts) => [
    {
      setting: 'Variables of lk-jwt-service',
      language: 'shell',
      text: variables(facts),
      hint: 'The service and the browsers have to reach the URL, and believe its certificate.',
    },
    {
      setting: 'org.matrix.msc4143.rtc_foci in /.well-known/matrix/client',
      language: 'json',
      text: JSON.stringify(focus, null, 2),
      hint: 'Put the address of your lk-jwt-service in the place of matrix-rtc.example.org: not that of this server.',
    },
    {
      setting: 'turn_uris, turn_shared_secret in homeserver.yaml of Synapse',
      language: 'yaml',
      text: [
        'turn_uris:',
        ...relayUrls(facts).map((url) => `  - ${quoted(url)}`),
        `turn_shared_secret: ${quoted(facts.secret)}`,
        'turn_user_lifetime: "1h"',
      ].join('\n'),
    },
  ],
}

const focus = {
  'org.matrix.msc4143.rtc_foci': [
    { type: 'livekit', livekit_service_url: 'https://matrix-rtc.example.org/livekit/jwt' },
  ],
}

function variables({ livekit }: SnippetFacts): string {
  return [
    `LIVEKIT_URL=${shellWord(livekit.url)}`,
    `LIVEKIT_KEY=${shellWord(livekit.key)}`,
    `LIVEKIT_SECRET=${shellWord(livekit.secret)}`,
    'LIVEKIT_FULL_ACCESS_HOMESERVERS=none.invalid',
  ].join('\n')
}
