import { type Product, relayUrls, type SnippetFacts } from './snippet.ts'

/** Mattermost with the Calls plugin. */
export const mattermost: Product = {
  id: 'mattermost',
  name: 'Mattermost',
  lead: 'In the System Console, open Plugins > Calls > ICE and TURN. Fill in the two fields, or run the command where mmctl runs.',
  snippets: (facts) => [
    {
      setting: 'ICE Servers Configurations',
      language: 'json',
      text: JSON.stringify(iceServers(facts), null, 2),
      hint: 'It has no user names: Calls makes them for each call from the secret below.',
    },
    { setting: 'TURN Static Auth Secret', language: 'text', text: facts.secret },
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

function mmctl(facts: SnippetFacts): string {
  const patch = {
    PluginSettings: {
      Plugins: {
        'com.mattermost.calls': {
          iceserversconfigs: JSON.stringify(iceServers(facts)),
          turnstaticauthsecret: facts.secret,
        },
      },
    },
  }
  return [
    "cat > callbox-turn.json <<'END'",
    JSON.stringify(patch, null, 2),
    'END',
    'mmctl config patch callbox-turn.json',
    'rm callbox-turn.json',
  ].join('\n')
}
