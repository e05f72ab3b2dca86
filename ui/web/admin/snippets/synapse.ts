import { type Product, quoted, relayUrls, type SnippetFacts } from './snippet.ts'

/** Matrix, by way of the Synapse homeserver. */
export const synapse: Product = {
  id: 'synapse',
  name: 'Matrix Synapse',
  lead: 'Put this into homeserver.yaml, or into a file of its conf.d folder, and restart Synapse.',
  uses: ['turn'],
  snippets: (facts) => [
    {
      setting: 'turn_uris, turn_shared_secret, turn_user_lifetime',
      language: 'yaml',
      text: homeserver(facts),
    },
  ],
}

function homeserver(facts: SnippetFacts): string {
  return [
    'turn_uris:',
    ...relayUrls(facts).map((url) => `  - ${quoted(url)}`),
    `turn_shared_secret: ${quoted(facts.secret)}`,
    'turn_user_lifetime: "1h"',
  ].join('\n')
}
