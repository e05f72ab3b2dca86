import { type Product, relayUrls, type SnippetFacts, shellWord } from './snippet.ts'

/** Anything that takes what browsers take. */
export const webrtc: Product = {
  id: 'webrtc',
  name: 'Any TURN client',
  lead: 'What RTCPeerConnection takes as iceServers. User name and password hold for a while and come from the TURN REST API of this server (“TURN REST API”), or from your own program with the secret.',
  uses: ['turn', 'turn-rest'],
  snippets: (facts) => [
    {
      setting: 'iceServers',
      language: 'json',
      text: JSON.stringify(iceServers(facts), null, 2),
      hint: 'Put username and password of GET /api/turn where the two placeholders are.',
    },
    {
      setting: 'TURN shared secret',
      language: 'text',
      text: facts.secret,
      hint: 'User name: the Unix time at which it ends, ":", any name. Password: base64 of the HMAC-SHA1 of the user name with this secret.',
    },
  ],
}

/** Chat servers that ask for credentials, as they ask coturn's REST front ends. */
export const rest: Product = {
  id: 'rest',
  name: 'TURN REST API',
  lead: 'For chat servers that ask a URL for credentials (draft-uberti-behave-turn-rest-00). The answer has username, password, ttl in seconds and uris.',
  uses: ['turn', 'turn-rest'],
  snippets: (facts) => [
    { setting: 'TURN REST URL', language: 'text', text: `${facts.urls.rest}?service=turn` },
    {
      setting: 'API key',
      language: 'text',
      text: facts.apiKey,
      hint: 'As "key=…" or "api=…" in the URL, or as "Authorization: Bearer …".',
    },
    { setting: 'Try it', language: 'shell', text: curl(facts) },
  ],
}

function iceServers(facts: SnippetFacts): readonly object[] {
  return [
    { urls: [facts.urls.stun] },
    {
      urls: relayUrls(facts),
      username: 'USERNAME-FROM-API-TURN',
      credential: 'PASSWORD-FROM-API-TURN',
    },
  ]
}

function curl({ urls, apiKey }: SnippetFacts): string {
  return [
    'curl --get',
    `--header ${shellWord(`Authorization: Bearer ${apiKey}`)}`,
    '--data service=turn --data username=ada',
    shellWord(urls.rest),
  ].join(' ')
}
