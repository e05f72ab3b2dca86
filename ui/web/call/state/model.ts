/** Where a visitor is: before the call, on the way in, in it, holding on, thrown out, or gone by choice. */
export type Phase = 'prejoin' | 'connecting' | 'connected' | 'reconnecting' | 'failed' | 'left'

/** What went wrong, in words for the person at the screen. `code` is stable, for support and tests. */
export type Problem = Readonly<{
  code: string
  title: string
  why: string
  /** What to do, most useful first. */
  advice: readonly string[]
  /** Whether trying again can help without anything else changing. */
  retry: boolean
}>

/** How well media travels, as the server judges it. */
export type Quality = 'excellent' | 'good' | 'poor' | 'lost' | 'unknown'

/** A track that a view can play in an `<audio>` or `<video>` element. */
export type Playable = Readonly<{
  sid: string
  attach(element: HTMLMediaElement): unknown
  detach(element: HTMLMediaElement): unknown
}>

/** One person in the call as the page shows them. */
export type Person = Readonly<{
  identity: string
  name: string
  isSelf: boolean
  joinedAtMs: number
  muted: boolean
  speaking: boolean
  /** When the hand went up; `undefined` while it is down. */
  handRaisedAtMs: number | undefined
  quality: Quality
  /** What is heard from them: microphone and the sound of their screen. Empty for oneself. */
  sounds: readonly Playable[]
  camera: Playable | undefined
  screen: Playable | undefined
}>

/** One line of the in-call chat. */
export type ChatLine = Readonly<{
  id: string
  from: string
  isSelf: boolean
  text: string
  atMs: number
}>

/** How media reaches the server, from the selected candidate pair. */
export type MediaPath = Readonly<{
  kind: 'udp' | 'tcp' | 'turn-udp' | 'turn-tcp' | 'turn-tls'
  /** Server address and port that media goes to; with TURN the relay's peer. */
  remote: string
  local: string
  /** Milliseconds there and back; `undefined` until measured. */
  roundTripMs: number | undefined
}>
