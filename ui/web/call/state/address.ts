/** What the page's address says. `token` is a LiveKit access token, `relay` forces TURN. */
export type CallAddress = Readonly<{
  roomName: string
  token: string | undefined
  relay: boolean
  /** Address of the signalling endpoint: the page's own origin as `ws:` or `wss:`. */
  signalUrl: string
  /** The same page without the token, for the address bar. */
  cleanPath: string
}>

/** Reads `/call/<room>?token=…&relay=1`. Returns `undefined` when the path names no room. */
export function parseCallAddress(href: string): CallAddress | undefined {
  const url = new URL(href)
  const encoded = /^\/call\/([^/]+)\/?$/.exec(url.pathname)?.[1]
  const roomName = encoded === undefined ? undefined : decode(encoded)
  if (!roomName) return undefined
  const token = url.searchParams.get('token') ?? undefined
  const relay = url.searchParams.get('relay') === '1'
  const clean = new URL(url)
  clean.searchParams.delete('token')
  return {
    roomName,
    token: token || undefined,
    relay,
    signalUrl: `${url.protocol === 'https:' ? 'wss:' : 'ws:'}//${url.host}`,
    cleanPath: clean.pathname + clean.search + clean.hash,
  }
}

function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
