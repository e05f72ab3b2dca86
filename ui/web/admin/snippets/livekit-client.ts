import { type Product, shellWord } from './snippet.ts'

/** Programs made with LiveKit's SDKs, which take this server for a LiveKit server. */
export const livekitClient: Product = {
  id: 'livekit-client',
  name: 'Any LiveKit client',
  lead: 'For programs that are made with LiveKit’s SDKs. The server part signs tokens with key and secret; the clients get the URL and a token, never the secret.',
  limits:
    'Offered are calls with sound, cameras, screens and data. The server API (RoomService), webhooks, egress, ingress and SIP are not.',
  uses: ['livekit'],
  snippets: ({ livekit }) => [
    { setting: 'LIVEKIT_URL', language: 'text', text: livekit.url },
    { setting: 'LIVEKIT_API_KEY', language: 'text', text: livekit.key },
    { setting: 'LIVEKIT_API_SECRET', language: 'text', text: livekit.secret },
    {
      setting: 'All three as variables',
      language: 'shell',
      text: [
        `LIVEKIT_URL=${shellWord(livekit.url)}`,
        `LIVEKIT_API_KEY=${shellWord(livekit.key)}`,
        `LIVEKIT_API_SECRET=${shellWord(livekit.secret)}`,
      ].join('\n'),
      hint: 'LiveKit’s command line tool (lk) reads them too.',
    },
  ],
}
