import { EventEmitter, once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { SignalRequest, SignalResponse } from '@livekit/protocol'
import type { RoomLimits } from '../../room/room.ts'
import { settled } from '../../room/test/fake-clock.ts'
import { FakeRooms, silentLog } from '../../room/test/fake-room.ts'
import { signAccessToken, type TokenContents, type VideoGrant } from '../access-token.ts'
import type { Admit } from '../admission.ts'
import { LivekitDoor, type SignalHandler } from '../livekit-door.ts'
import type { SignalSocket } from '../signal-link.ts'

type Message = SignalResponse['message']
type Case = NonNullable<Message['case']>
type ValueOf<C extends Case> = Extract<Message, { case: C }> extends { value: infer V } ? V : never

const key = { id: 'key', secret: 'a secret that is long enough for tests' }

/** The door on rooms of a fake media plane, with a clock that stands. */
export class FakeDoor extends FakeRooms {
  readonly door: LivekitDoor
  /** What was logged as an error: bugs. */
  readonly errors: object[] = []

  /** Decides who is let in; tests replace it. */
  admit: Admit = () => undefined

  constructor(limits: Partial<RoomLimits> = {}) {
    super(limits)
    this.door = new LivekitDoor({
      keys: new Map([[key.id, key.secret]]),
      rooms: this.rooms,
      iceServers: (sid) => [{ urls: ['turn:192.0.2.1'], username: `user of ${sid}` }],
      serverVersion: '1.2.3',
      admit: (request) => this.admit(request),
      clock: this.clock,
      log: { ...silentLog, error: (fields) => this.errors.push(fields) },
    })
  }

  /** A token for `a room`, with every right but what `grant` changes. */
  token(identity: string, more: Partial<TokenContents> = {}): Promise<string> {
    const grant: VideoGrant = {
      roomJoin: true,
      room: 'a room',
      canUpdateOwnMetadata: true,
      ...more.grant,
    }
    const time = { nowMs: this.clock.nowMs(), lifetimeSeconds: 3_600 }
    return signAccessToken({ identity, ...more, grant }, key, time)
  }

  /** Asks to join with a token and further query parameters. */
  ask(token: string, query = '') {
    const url = new URL(`http://localhost/rtc?access_token=${token}&protocol=17${query}`)
    const request = { headers: {} } as IncomingMessage
    return this.door.authorize(url, request)
  }

  /** Joins, or resumes; throws when refused. */
  async enter(
    identity: string,
    more: Partial<TokenContents> & { query?: string } = {},
  ): Promise<FakeClient> {
    const asked = await this.ask(await this.token(identity, more), more.query)
    if (!asked.ok) throw new Error(asked.fault.message)
    const client = new FakeClient()
    client.handler = this.door.open(asked.value, client)
    await settled()
    return client
  }
}

/** A client's end of a WebSocket: what the server sent, and ways to answer. */
export class FakeClient implements SignalSocket {
  readonly received: Message[] = []
  closedWith: number | undefined
  handler: SignalHandler | undefined
  readonly #arrivals = new EventEmitter()

  send(bytes: Uint8Array): void {
    if (this.closedWith !== undefined) return
    const { message } = SignalResponse.fromBinary(bytes)
    this.received.push(message)
    if (message.case !== undefined) this.#arrivals.emit(message.case)
  }

  /** The last message of a kind, once there is one: what is signed off the main thread comes late. */
  async arrival<C extends Case>(kind: C): Promise<ValueOf<C>> {
    if (this.all(kind).length === 0) await once(this.#arrivals, kind)
    return this.last(kind)
  }

  close(code: number): void {
    this.closedWith ??= code
  }

  /** Sends a request and lets what it began come to rest. */
  async say(message: SignalRequest['message']): Promise<void> {
    await this.handler?.received(new SignalRequest({ message }).toBinary())
    await settled()
  }

  /** Loses the connection. */
  async drop(): Promise<void> {
    this.closedWith ??= 1006
    this.handler?.closed()
    await settled()
  }

  /** What kinds of messages came. */
  cases(): (string | undefined)[] {
    return this.received.map((message) => message.case)
  }

  /** The values of all messages of a kind. */
  all<C extends Case>(kind: C): ValueOf<C>[] {
    return this.received
      .filter((message) => message.case === kind)
      .map((message) => message.value as ValueOf<C>)
  }

  /** The value of the last message of a kind; throws when there was none. */
  last<C extends Case>(kind: C): ValueOf<C> {
    const value = this.all(kind).at(-1)
    if (value === undefined) throw new Error(`no ${kind} among ${this.cases().join(', ')}`)
    return value
  }

  /** The sid that the server gave this participant. */
  get sid(): string {
    return this.last('join').participant?.sid ?? ''
  }
}
