import ipaddr from 'ipaddr.js'
import type { Sfu } from '#sfu'
import type { TurnEngine } from '#turn'
import type { Ui } from '#ui'
import type { Config } from '../config/schema.ts'
import { createPlainDoor } from '../plain-http.ts'
import type { Service } from '../service.ts'
import { createWebServer, type WebServerOptions } from '../web-server.ts'
import type { Ground } from './ground.ts'

/** Serves the SFU's signalling and the pages on the web ports, and TURN over TLS on the HTTPS port. */
export function webService(ground: Ground, sfu: Sfu, ui: Ui, turn: TurnEngine): Service {
  const { web } = ground.loaded.config
  const { certificates, plan } = ground
  const server = createWebServer({
    https: certificates && { port: web.https_port, certificates },
    http: plainHttp(ground),
    doors: [sfu, ui],
    handler: ui.handler,
    turn,
    proxyProtocolFrom: web.proxy_protocol_from,
  })
  let listening = false
  return {
    name: 'web',
    async start() {
      await server.start()
      certificates?.begin()
      listening = true
    },
    stop(deadline) {
      listening = false
      // Closing waits for every connection, and a call keeps its own until it is told to go.
      sfu.drain()
      ui.close()
      return server.stop(deadline)
    },
    health: () => ({ ok: listening, detail: listening ? plan.publicOrigin : 'not started' }),
  }
}

function plainHttp({ loaded, certificates, plan }: Ground): WebServerOptions['http'] {
  const { web } = loaded.config
  const { http_port: port, https_port } = web
  if (!web.http_redirect || certificates === undefined) {
    return { port, host: plainHost(web.tls, plan.anyIp) }
  }
  // All addresses of both IP versions, where the machine has both.
  const host = plan.anyIps.at(-1) ?? plan.anyIp
  return { port, host, door: createPlainDoor(certificates.board, https_port) }
}

/**
 * The address for plain HTTP: this machine's own, unless TLS is left to a proxy that is named and
 * elsewhere.
 */
export function plainHost(
  tls: Pick<Config['web']['tls'], 'mode' | 'trusted_proxies'>,
  anyIp: string,
): string {
  const isElsewhere = tls.trusted_proxies.some((proxy) => !isLoopback(proxy))
  return tls.mode === 'off' && isElsewhere ? anyIp : '127.0.0.1'
}

function isLoopback(addressOrRange: string): boolean {
  const [address = ''] = addressOrRange.split('/')
  return ipaddr.process(address).range() === 'loopback'
}
