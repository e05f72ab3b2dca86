import {
  hostAndPort,
  isTls,
  type Product,
  type SnippetFacts,
  shellWord,
  stunHostAndPort,
} from './snippet.ts'

/** Nextcloud Talk. */
export const nextcloud: Product = {
  id: 'nextcloud',
  name: 'Nextcloud Talk',
  lead: 'Run this in the folder of Nextcloud, as the user of its web server. The same settings are under Administration settings > Talk: STUN servers and TURN servers.',
  uses: ['turn'],
  snippets: (facts) => [
    {
      setting: 'talk:stun:add and talk:turn:add',
      language: 'shell',
      text: occ(facts),
      hint: 'Each run adds once more. "occ talk:turn:list" shows what is there, "occ talk:turn:delete" takes it away.',
    },
  ],
}

function occ(facts: SnippetFacts): string {
  const run = (...words: readonly string[]) =>
    ['sudo -u www-data php occ', ...words.map(shellWord)].join(' ')
  const secret = `--secret=${facts.secret}`
  return [
    run('talk:stun:add', stunHostAndPort(facts)),
    ...servers(facts).map(({ scheme, server, protocols }) =>
      run('talk:turn:add', secret, scheme, server, protocols.join(',')),
    ),
  ].join('\n')
}

type Server = { scheme: 'turn' | 'turns'; server: string; protocols: ('udp' | 'tcp')[] }

/** Talk lists a server once for all its protocols. */
function servers({ urls }: SnippetFacts): readonly Server[] {
  const found = new Map<string, Server>()
  for (const door of urls.turn) {
    const scheme = isTls(door) ? 'turns' : 'turn'
    const server = hostAndPort(door)
    const entry = found.get(`${scheme} ${server}`) ?? { scheme, server, protocols: [] }
    entry.protocols.push(door.transport === 'udp' ? 'udp' : 'tcp')
    found.set(`${scheme} ${server}`, entry)
  }
  return [...found.values()]
}
