import { signal } from '@preact/signals'
import { Room } from 'livekit-client'
import { CallSession } from '../state/call-session.ts'
import { Devices } from '../state/devices.ts'
import { createMemory } from '../state/memory.ts'
import type { Microphone } from '../state/microphone.ts'
import type { Problem } from '../state/model.ts'

/** A session on a real `Room` that is never on the network: `connect` does what the test says. */
export type Fixture = Readonly<{
  session: CallSession
  room: Room
  /** What was asked of the server: bodies of token requests. */
  requests: string[]
  /** Tokens that the room was connected with. */
  tokens: string[]
  lines: string[]
}>

/** What a test may set. */
export type FixtureOptions = Readonly<{
  token?: string
  connect?: (room: Room) => Promise<void>
  answer?: () => Response
  microphoneProblem?: Problem
  mayRaiseHand?: boolean
}>

/** Creates the fixture. Without options everything succeeds. */
export function createFixture(options: FixtureOptions = {}): Fixture {
  const room = new Room({ singlePeerConnection: false })
  const requests: string[] = []
  const tokens: string[] = []
  const lines: string[] = []
  permit(room, options.mayRaiseHand ?? true)
  room.connect = async (_url, token) => {
    tokens.push(token)
    await options.connect?.(room)
  }
  room.disconnect = async () => undefined
  const devices = new Devices(undefined, createMemory(refusedStorage))
  const session = new CallSession({
    room,
    devices,
    microphone: standInMicrophone(options.microphoneProblem),
    roomName: 'room',
    signalUrl: 'ws://127.0.0.1:1',
    token: options.token,
    relay: false,
    fetchJson: async (_input, init) => {
      requests.push(String(init?.body))
      return options.answer?.() ?? Response.json({ token: `traded-${requests.length}` })
    },
    now: () => 1000,
    log: (line) => lines.push(line),
  })
  return { session, room, requests, tokens, lines }
}

function permit(room: Room, mayRaiseHand: boolean): void {
  const rights = { canPublish: true, canPublishSources: [], canUpdateMetadata: mayRaiseHand }
  const setName = async () => undefined
  Object.assign(room.localParticipant, { identity: 'me', permissions: rights, setName })
}

function standInMicrophone(problem: Problem | undefined): Microphone {
  const part = {
    state: signal('closed'),
    problem: signal<Problem | undefined>(undefined),
    level: signal(0),
    settle: async () => {
      part.problem.value = problem
    },
    release: () => undefined,
    close: () => undefined,
  }
  return part as unknown as Microphone
}

function refusedStorage(): Storage {
  throw new DOMException('no storage in this test', 'SecurityError')
}
