import ipaddr from 'ipaddr.js'
import type { Sfu } from '#sfu'
import type { TurnEngine } from '#turn'
import type { Ui } from '#ui'
import type { Config } from '../config/schema.ts'
import type { Service } from '../service.ts'
import { createWebServer } from '../web-server.ts'
import type { Ground } from './ground.ts'

/** Serves the SFU's signalling and the pages on the web ports, and TURN over TLS on the HTTPS port. */
export function webService(ground: Ground, sfu: Sfu, ui: Ui, turn: TurnEngine): Service {
  const { web } = ground.loaded.config
  const { certificates, plan } = ground
  const server = createWebServer({
    https: certificates && { port: web.https_port, certificates },
    http: { port: web.http_port, host: plainHost(web.tls, plan.anyIp) },
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
