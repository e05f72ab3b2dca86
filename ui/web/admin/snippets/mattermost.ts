import { type Product, relayUrls, type SnippetFacts } from './snippet.ts'

/** Mattermost with the Calls plugin of today, which has a media server of its own. */
export const mattermost: Product = {
  id: 'mattermost',
  name: 'Mattermost Calls 1.x',
  lead: 'In the System Console, open Plugins > Calls > ICE and TURN. Fill in the two fields and save, or run the command where mmctl runs. These settings are there in every edition.',
  limits:
    'Leave “RTCD service URL” empty: this version does not speak the protocol of rtcd. Calls then run on the media server in the plugin, and this server relays them where a network lets them through no other way.',
  uses: ['turn'],
  snippets: (facts) => [
    {
      setting: 'ICE Servers Configurations',
      language: 'json',
      text: JSON.stringify(iceServers(facts), null, 2),
      hint: 'It has no user names: Calls makes them for each call from the secret below.',
    },
    {
      setting: 'TURN Static Auth Secret',
      language: 'text',
      text: facts.secret,
      hint: 'TURN Credentials Expiration (minutes) may stay as it is: 240. This server takes up to a week.',
    },
    {
      setting: 'Both at once, with mmctl',
      language: 'shell',
      text: mmctl(facts),
      hint: '"mmctl config set" knows only settings that were saved before; "config patch" knows all.',
    },
  ],
}

function iceServers(facts: SnippetFacts): readonly object[] {
  return [{ urls: [facts.urls.stun] }, { urls: relayUrls(facts) }]
}

/** Mattermost with the Calls plugin whose media goes through a LiveKit server: this one. */
export const mattermostLivekit: Product = {
  id: 'mattermost-livekit',
  name: 'Mattermost Calls 2.x',
  lead: 'In the System Console, open Plugins > Calls > LiveKit Service. Fill in the three fields and save, or run the command where mmctl runs. Calls then run on this server.',
  limits:
    'Hosts cannot mute or remove people from Mattermost: this version does not offer the server API of LiveKit (RoomService), which Calls does that with. Recording and dialing in are not offered either.',
  uses: ['livekit'],
  snippets: (facts) => [
    { setting: 'LiveKit server URL', language: 'text', text: facts.livekit.url },
    { setting: 'LiveKit API key', language: 'text', text: facts.livekit.key },
    { setting: 'LiveKit API secret', language: 'text', text: facts.livekit.secret },
    {
      setting: 'All three at once, with mmctl',
      language: 'shell',
      text: patchByMmctl({
        livekiturl: facts.livekit.url,
        livekitapikey: facts.livekit.key,
        livekitapisecret: facts.livekit.secret,
      }),
      hint: 'The server of Mattermost has to reach the URL too, and believe its certificate.',
    },
  ],
}

function mmctl(facts: SnippetFacts): string {
  return patchByMmctl({
    iceserversconfigs: JSON.stringify(iceServers(facts)),
    turnstaticauthsecret: facts.secret,
  })
}

function patchByMmctl(settings: Readonly<Record<string, string>>): string {
  const patch = { PluginSettings: { Plugins: { 'com.mattermost.calls': settings } } }
  return [
    "cat > callbox-turn.json <<'END'",
    JSON.stringify(patch, null, 2),
    'END',
    'mmctl config patch callbox-turn.json',
    'rm callbox-turn.json',
  ].join('\n')
}
