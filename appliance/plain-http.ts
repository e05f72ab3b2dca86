import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { isHostName } from './config/values.ts'
import { hostInUrl } from './ice-urls.ts'
import type { ChallengeBoard } from './tls/acme/challenge-board.ts'
import type { Door } from './web-server.ts'

const CHALLENGE_PATH = '/.well-known/acme-challenge/'
const HTTPS_PORT = 443

/** Browsers would keep a redirect for ever, also one that led to the wrong port. */
const REMEMBERED = 'max-age=3600'

/** Whether a connection comes from this machine itself. */
export function isLoopback(address: string | undefined): boolean {
  return (
    address !== undefined && isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback'
  )
}

/**
 * Answers plain HTTP: whoever asks for a pending ACME challenge gets it (RFC 8555 §8.3), and who is not this machine
 * is led to HTTPS and gets nothing else.
 */
export function createPlainDoor(board: Pick<ChallengeBoard, 'textFor'>, httpsPort: number): Door {
  return {
    handleRequest(request, response) {
      const text = challengeText(request, board)
      if (text !== undefined) {
        const head = { 'content-type': 'application/octet-stream', 'content-length': text.length }
        response.writeHead(200, head).end(text)
        return true
      }
      if (isLoopback(request.socket.remoteAddress)) return false
      // What it goes on to send is nothing to wait for.
      response.setHeader('connection', 'close')
      const location = secureUrl(request, httpsPort)
      if (location === undefined) response.writeHead(400)
      else response.writeHead(308, { location, 'cache-control': REMEMBERED })
      response.end()
      return true
    },
    handleUpgrade(request, socket) {
      if (isLoopback(request.socket.remoteAddress)) return false
      socket.once('finish', () => socket.destroy())
      socket.end(
        'HTTP/1.1 426 Upgrade Required\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade, close\r\nContent-Length: 0\r\n\r\n',
      )
      return true
    },
  }
}

function challengeText(
  { method, url = '' }: IncomingMessage,
  board: Pick<ChallengeBoard, 'textFor'>,
): string | undefined {
  const isRead = method === 'GET' || method === 'HEAD'
  if (!isRead || !url.startsWith(CHALLENGE_PATH)) return undefined
  return board.textFor(url.slice(CHALLENGE_PATH.length))
}

/** The same address by HTTPS; `undefined` when the request names no host or no path. */
function secureUrl({ headers, url = '' }: IncomingMessage, httpsPort: number): string | undefined {
  const host = hostOf(headers.host ?? '')
  if (host === undefined || !/^\/[\x21-\x7e]*$/.test(url)) return undefined
  const port = httpsPort === HTTPS_PORT ? '' : `:${httpsPort}`
  return `https://${hostInUrl(host)}${port}${url}`
}

/** The host of a Host header without its port: a name or an IP, and nothing that a browser might take for more. */
function hostOf(header: string): string | undefined {
  const [, v6, other] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(header) ?? []
  if (v6 !== undefined) return isIP(v6) === 6 ? v6 : undefined
  if (other === undefined) return undefined
  return isIP(other) === 4 || isHostName(other) ? other.toLowerCase() : undefined
}
