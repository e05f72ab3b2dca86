import type { TurnUrl } from '#api'
import { isTls, luaString, type Product, quoted, type SnippetFacts } from './snippet.ts'

/** Jitsi Meet, whose Prosody hands out the credentials (XEP-0215). */
export const jitsi: Product = {
  id: 'jitsi',
  name: 'Jitsi Meet',
  lead: 'Prosody makes the credentials, the pages learn the STUN server from config.js. Restart Prosody afterwards.',
  uses: ['turn'],
  snippets: (facts) => [
    {
      setting: '/etc/prosody/conf.avail/<your domain>.cfg.lua, above the first VirtualHost',
      language: 'lua',
      text: externalServices(facts),
      hint: 'It replaces the external_service_secret and external_services that the installer wrote. modules_enabled of the VirtualHost needs "external_services".',
    },
    {
      setting: 'p2p.stunServers in /etc/jitsi/meet/<your domain>-config.js',
      language: 'javascript',
      text: `p2p: {\n    enabled: true,\n    stunServers: [\n        { urls: ${quoted(facts.urls.stun)} },\n    ],\n},`,
      hint: 'It replaces the p2p part that is there.',
    },
  ],
}

/** Prosody without Jitsi: any XMPP server with calls. */
export const prosody: Product = {
  id: 'prosody',
  name: 'Prosody (XMPP)',
  lead: 'For Prosody 0.12 and later. Put this into prosody.cfg.lua, above the first VirtualHost, and add "turn_external" to modules_enabled. Restart Prosody.',
  uses: ['turn'],
  snippets: (facts) => [{ setting: 'turn_external', language: 'lua', text: turnExternal(facts) }],
}

const LIFETIME_SECONDS = 86_400

function externalServices(facts: SnippetFacts): string {
  const { urls, secret } = facts
  const [stunHost, stunPort] = splitStun(urls.stun)
  const entry = (type: string, host: string, port: number, rest: string) =>
    `    { type = "${type}", host = ${luaString(host)}, port = ${port}${rest} },`
  const relay = (door: TurnUrl) =>
    entry(
      isTls(door) ? 'turns' : 'turn',
      door.host,
      door.port,
      `, transport = "${door.transport === 'udp' ? 'udp' : 'tcp'}", secret = true, ttl = ${LIFETIME_SECONDS}, algorithm = "turn"`,
    )
  return [
    `external_service_secret = ${luaString(secret)};`,
    'external_services = {',
    entry('stun', stunHost, stunPort, ''),
    ...urls.turn.map(relay),
    '};',
  ].join('\n')
}

function turnExternal({ urls, secret }: SnippetFacts): string {
  const [host, port] = splitStun(urls.stun)
  const tls = urls.turn.find(isTls)
  return [
    `turn_external_host = ${luaString(host)}`,
    `turn_external_port = ${port}`,
    `turn_external_secret = ${luaString(secret)}`,
    `turn_external_ttl = ${LIFETIME_SECONDS}`,
    `turn_external_tcp = ${urls.turn.some(({ transport }) => transport === 'tcp')}`,
    ...(tls ? [`turn_external_tls_port = ${tls.port} -- Prosody 13 and later`] : []),
  ].join('\n')
}

function splitStun(url: string): [host: string, port: number] {
  const [, host = '', port = '3478'] = /^stun:\[?(.*?)\]?(?::(\d+))?$/.exec(url) ?? []
  return [host, Number(port)]
}
