import type { Room } from 'livekit-client'

/** The parts of the server's answer to a request that tell of a refused track. */
type RequestResponse = Readonly<{
  message: string
  request: Readonly<{ case?: string | undefined; value?: unknown }>
}>

/** The engine's own events; the library tells nobody else of a refused track, and waits ten seconds for it. */
type EngineEvents = Readonly<{
  on(event: 'signalRequestResponse', listener: (response: RequestResponse) => void): unknown
  off(event: 'signalRequestResponse', listener: (response: RequestResponse) => void): unknown
}>

/** Words of the server about a track that it did not take, while somebody listens for them. */
export type RefusalWatch = Readonly<{
  /** What the server said; `undefined` while it refused nothing. */
  message: () => string | undefined
  stop: () => void
}>

/** Listens for refused tracks of one's own, and has the library give each up at once. */
export function watchRefusals(room: Room): RefusalWatch {
  const { engine } = room
  const events = engine as unknown as EngineEvents | undefined
  let message: string | undefined
  const listener = ({ message: words, request }: RequestResponse) => {
    if (request.case !== 'addTrack') return
    message = words || 'The server did not take it.'
    const clientId = idOf(request.value)
    const senders = engine.pcManager?.publisher.getSenders() ?? []
    const sender = senders.find(({ track }) => track?.id === clientId)
    if (sender !== undefined) engine.removeTrack(sender)
  }
  events?.on('signalRequestResponse', listener)
  return {
    message: () => message,
    stop: () => void events?.off('signalRequestResponse', listener),
  }
}

function idOf(request: unknown): unknown {
  return typeof request === 'object' && request !== null && 'cid' in request
    ? request.cid
    : undefined
}
