import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { parse as parseYaml } from 'yaml'
import type { TurnDoor } from '#api'
import { needs } from '../../../../scripts/test-needs.ts'
import { PRODUCTS } from './products.ts'
import type { SnippetFacts } from './snippet.ts'

const door = (transport: TurnDoor, port: number, host: string) => ({
  transport,
  host,
  port,
  url: `${transport.startsWith('tls') ? 'turns' : 'turn'}:${host.includes(':') ? `[${host}]` : host}:${port}?transport=${transport === 'udp' ? 'udp' : 'tcp'}`,
})
const factsFor = (host: string, secret: string): SnippetFacts => ({
  urls: {
    stun: `stun:${host.includes(':') ? `[${host}]` : host}:3478`,
    turn: [
      door('udp', 3478, host),
      door('tcp', 3478, host),
      door('tls', 5349, host),
      door('tls-web', 443, host),
    ],
    tlsProblem: undefined,
    rest: 'https://calls.example.org/api/turn',
  },
  secret,
  apiKey: 'aKey-123_x',
  livekit: { url: 'wss://calls.example.org', key: 'APIabc', secret },
  callPageUrl: 'https://calls.example.org/call/',
})

/** A plain server, and one whose address and secret want quoting everywhere. */
const CASES = [
  factsFor('calls.example.org', 'b7c01aFEL+/x='),
  factsFor('2001:db8::5', `it's "quoted" \\ $HOME \`id\` #no: é`),
]
const textOf = (product: string, setting: RegExp, facts: SnippetFacts) => {
  const snippets = PRODUCTS.find(({ id }) => id === product)?.snippets(facts) ?? []
  const found = snippets.find((each) => setting.test(each.setting))
  if (!found) throw new Error(`no ${setting} for ${product}`)
  return found.text
}
const urlsOf = (facts: SnippetFacts) => facts.urls.turn.map(({ url }) => url)

t.test('every snippet has its place, and no product misses the relay', async (t) => {
  t.same(
    new Set(PRODUCTS.map(({ id }) => id)).size,
    PRODUCTS.length,
    'tabs have names of their own',
  )
  for (const { id, snippets } of PRODUCTS) {
    for (const facts of CASES) {
      for (const { setting, text } of snippets(facts)) {
        t.not(setting, '', id)
        t.notMatch(text, /undefined|\[object/, `${id}: ${setting}`)
      }
    }
  }
})

for (const facts of CASES) {
  t.test(`for ${facts.urls.stun}`, async (t) => {
    await mattermostTakes(t, facts)
    await yamlReads(t, facts)
    await shellRuns(t, facts)
    livekitTakes(t, facts)
    await javascriptReads(t, facts)
    await t.test('Lua reads Prosody’s and Jitsi’s', { skip: needs('lua') }, (t) =>
      luaReads(t, facts),
    )
  })
}

async function mattermostTakes(t: import('tap').Test, facts: SnippetFacts): Promise<void> {
  const list = JSON.parse(textOf('mattermost', /ICE Servers/, facts))
  t.same(list, [{ urls: [facts.urls.stun] }, { urls: urlsOf(facts) }])
  t.equal(textOf('mattermost', /Static Auth/, facts), facts.secret)
  t.same(JSON.parse(textOf('webrtc', /iceServers/, facts))[1].urls, urlsOf(facts))
}

async function yamlReads(t: import('tap').Test, facts: SnippetFacts): Promise<void> {
  t.same(parseYaml(textOf('synapse', /turn_uris/, facts)), {
    turn_uris: urlsOf(facts),
    turn_shared_secret: facts.secret,
    turn_user_lifetime: '1h',
  })
  const { rtc } = parseYaml(textOf('livekit-server', /turn_servers/, facts))
  t.same(rtc.stun_servers, [facts.urls.stun.slice('stun:'.length)])
  const { host } = facts.urls.turn[0] ?? { host: '' }
  t.same(rtc.turn_servers, [
    { host, port: 3478, protocol: 'udp', secret: facts.secret },
    { host, port: 3478, protocol: 'tcp', secret: facts.secret },
    { host, port: 5349, protocol: 'tls', secret: facts.secret },
    { host, port: 443, protocol: 'tls', secret: facts.secret },
  ])
}

async function shellRuns(t: import('tap').Test, facts: SnippetFacts): Promise<void> {
  const server = facts.urls.stun.slice('stun:'.length)
  const at = (port: number) => server.replace(/3478$/, String(port))
  const add = ['-u', 'www-data', 'php', 'occ', 'talk:turn:add', `--secret=${facts.secret}`]
  t.same(calledBy(t, textOf('nextcloud', /talk/, facts), 'sudo'), [
    ['-u', 'www-data', 'php', 'occ', 'talk:stun:add', server],
    [...add, 'turn', server, 'udp,tcp'],
    [...add, 'turns', at(5349), 'tcp'],
    [...add, 'turns', at(443), 'tcp'],
  ])
  const mmctl = textOf('mattermost', /mmctl/, facts)
  t.same(calledBy(t, mmctl, 'mmctl'), [['config', 'patch', 'callbox-turn.json']])
  const patch = JSON.parse(mmctl.split('\n').slice(1, -3).join('\n'))
  const calls = patch.PluginSettings.Plugins['com.mattermost.calls']
  t.same(Object.keys(calls), ['iceserversconfigs', 'turnstaticauthsecret'])
  t.same(JSON.parse(calls.iceserversconfigs)[1], { urls: urlsOf(facts) })
  t.equal(calls.turnstaticauthsecret, facts.secret)
  t.same(calledBy(t, textOf('rest', /Try it/, facts), 'curl'), [
    [
      '--get',
      '--header',
      'Authorization: Bearer aKey-123_x',
      '--data',
      'service=turn',
      '--data',
      'username=ada',
      'https://calls.example.org/api/turn',
    ],
  ])
}

function livekitTakes(t: import('tap').Test, facts: SnippetFacts): void {
  const { url, key, secret } = facts.livekit
  const mmctl = textOf('mattermost-livekit', /mmctl/, facts)
  const patch = JSON.parse(mmctl.split('\n').slice(1, -3).join('\n'))
  t.same(patch.PluginSettings.Plugins['com.mattermost.calls'], {
    livekiturl: url,
    livekitapikey: key,
    livekitapisecret: secret,
  })
  const tell = `printf '%s|' "$LIVEKIT_URL" "$LIVEKIT_KEY$LIVEKIT_API_KEY" "$LIVEKIT_SECRET$LIVEKIT_API_SECRET"`
  for (const [product, setting] of [
    ['element', /Variables/],
    ['livekit-client', /as variables/],
  ] as const) {
    const script = `${textOf(product, setting, facts)}\n${tell}`
    const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8', env: {} })
    t.equal(stdout, `${url}|${key}|${secret}|`, product)
  }
  t.same(parseYaml(textOf('element', /turn_uris/, facts)).turn_uris, urlsOf(facts))
  t.ok(JSON.parse(textOf('element', /rtc_foci/, facts))['org.matrix.msc4143.rtc_foci'])
}

/** Runs a script in which one command only tells its words; answers with those of each call. */
function calledBy(t: import('tap').Test, script: string, command: string): readonly string[][] {
  const cwd = t.testdir({})
  const spy = `${command}() { printf '%s\\0' "$@"; printf '\\1\\0'; }\n`
  const run = spawnSync('sh', ['-eu'], { input: spy + script, cwd, encoding: 'utf8' })
  t.equal(run.stderr, '')
  t.equal(existsSync(join(cwd, 'callbox-turn.json')), false, 'leaves no secret behind')
  const calls = run.stdout.split('\u0001\0').filter((words) => words !== '')
  return calls.map((words) => words.split('\0').slice(0, -1))
}

async function javascriptReads(t: import('tap').Test, facts: SnippetFacts): Promise<void> {
  const config = runInNewContext(`({ ${textOf('jitsi', /p2p/, facts)} })`)
  t.equal(
    JSON.stringify(config),
    JSON.stringify({ p2p: { enabled: true, stunServers: [{ urls: facts.urls.stun }] } }),
  )
}

/** Writes globals as JSON; enough of it for what the snippets hold. */
const LUA_PRINTER = `
local function json(v)
  if type(v) == "string" then
    return '"' .. v:gsub('[%c"\\\\]', function(c) return ("\\\\u%04x"):format(c:byte()) end) .. '"'
  elseif type(v) ~= "table" then return tostring(v) end
  local parts = {}
  if #v > 0 then
    for _, each in ipairs(v) do parts[#parts + 1] = json(each) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key, each in pairs(v) do parts[#parts + 1] = json(key) .. ":" .. json(each) end
  return "{" .. table.concat(parts, ",") .. "}"
end
local found = {}
assert(load(io.read("a"), "snippet", "t", found))()
print(json(found))`

async function luaReads(t: import('tap').Test, facts: SnippetFacts): Promise<void> {
  const read = (text: string) => {
    const run = spawnSync('lua', ['-e', LUA_PRINTER], { input: text, encoding: 'utf8' })
    t.equal(run.stderr, '')
    return JSON.parse(run.stdout)
  }
  const { host } = facts.urls.turn[0] ?? { host: '' }
  const relay = (type: string, port: number, transport: string) => ({
    type,
    host,
    port,
    transport,
    secret: true,
    ttl: 86_400,
    algorithm: 'turn',
  })
  t.same(read(textOf('jitsi', /prosody/, facts)), {
    external_service_secret: facts.secret,
    external_services: [
      { type: 'stun', host, port: 3478 },
      relay('turn', 3478, 'udp'),
      relay('turn', 3478, 'tcp'),
      relay('turns', 5349, 'tcp'),
      relay('turns', 443, 'tcp'),
    ],
  })
  t.same(read(textOf('prosody', /turn_external/, facts)), {
    turn_external_host: host,
    turn_external_port: 3478,
    turn_external_secret: facts.secret,
    turn_external_ttl: 86_400,
    turn_external_tcp: true,
    turn_external_tls_port: 5349,
  })
}
