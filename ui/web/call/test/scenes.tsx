/**
 * Every state of the call page with a stand-in for the session, for looking at it and for the
 * accessibility test. The scene is named in the address: `#in-call-5`. Not part of what is shipped.
 */
import '../../shared/theme.css'
import '../styles/call.css'
import { signal } from '@preact/signals'
import { DisconnectReason } from 'livekit-client'
import { render } from 'preact'
import type { Call } from '../state/call-session.ts'
import { microphoneProblem } from '../state/device-problems.ts'
import type { ChatLine, MediaPath, Person, Phase, Playable, Problem } from '../state/model.ts'
import { disconnectProblem, mediaBlockedProblem, screenRefusedProblem } from '../state/problems.ts'
import { App } from '../views/app.tsx'

const ROOM = 'Release planning'
const NOW = Date.UTC(2026, 4, 4, 9, 30)
const NAMES = ['Anna Lindqvist', 'Bo', 'Chidinma Okonkwo-Featherstonehaugh', 'Dai Nakamura', 'Eve']

type Scene = Readonly<{
  phase: Phase
  people?: readonly Person[]
  problem?: Problem
  microphone?: 'closed' | 'open' | 'blocked'
  handRaised?: boolean
  sharing?: boolean
  refusal?: Problem
  audioBlocked?: boolean
  path?: MediaPath
  slow?: boolean
  lines?: readonly ChatLine[]
  unread?: number
  announcement?: string
  fixedName?: boolean
}>

const path: MediaPath = {
  kind: 'udp',
  remote: '203.0.113.7:8443',
  local: '192.0.2.44:51820',
  roundTripMs: 23,
}

const lines: readonly ChatLine[] = [
  line(1, 'Anna Lindqvist', 'Notes are at https://wiki.example/release-8, please add yours.'),
  line(2, 'Anna Lindqvist', 'Ten minutes each.'),
  line(3, 'Dai Nakamura', 'Can we start with the migration? I have to leave at ten.'),
  line(4, 'Eve', 'Fine with me', true),
]

const facts = { serverReached: true, mediaPorts: 'UDP and TCP port 8443', relayForced: false }

const SCENES: Record<string, Scene> = {
  'pre-join': { phase: 'prejoin', microphone: 'open' },
  'pre-join-fixed': { phase: 'prejoin', microphone: 'closed', fixedName: true },
  'pre-join-denied': { phase: 'prejoin', microphone: 'blocked' },
  connecting: { phase: 'connecting' },
  'connecting-slow': { phase: 'connecting', slow: true },
  'in-call-1': { phase: 'connected', people: people(1) },
  'in-call-2': { phase: 'connected', people: people(2), path },
  'in-call-5': {
    phase: 'connected',
    people: people(5),
    path,
    lines,
    unread: 3,
    announcement: 'Dai Nakamura raised a hand.',
  },
  'in-call-40': { phase: 'connected', people: people(40), path },
  'screen-share': { phase: 'connected', people: people(5, 1), path, lines },
  'screen-refused': {
    phase: 'connected',
    people: people(5),
    path,
    refusal: screenRefusedProblem(
      'This server is at its limit: screens and cameras are refused so that everybody can still hear. Try again when the call is smaller.',
    ),
  },
  sharing: { phase: 'connected', people: people(3), path, sharing: true, handRaised: true },
  'audio-blocked': { phase: 'connected', people: people(2), path, audioBlocked: true },
  reconnecting: { phase: 'reconnecting', people: people(3) },
  failed: { phase: 'failed', problem: mediaBlockedProblem(facts) },
  'failed-elsewhere': {
    phase: 'failed',
    problem: disconnectProblem(DisconnectReason.DUPLICATE_IDENTITY),
  },
  left: { phase: 'left' },
}

function line(serial: number, from: string, text: string, isSelf = false): ChatLine {
  return { id: String(serial), from, text, isSelf, atMs: NOW + serial * 60_000 }
}

function people(count: number, sharer = -1): readonly Person[] {
  return Array.from({ length: count }, (_, index): Person => {
    const self = index === count - 1
    return {
      identity: `person-${index}`,
      name: NAMES[index] ?? `Person ${index}`,
      isSelf: self,
      joinedAtMs: index,
      muted: index % 3 === 2,
      speaking: index === 0,
      handRaisedAtMs: count > 2 && (index === 3 || index === 1) ? NOW - index : undefined,
      quality: index === 2 ? 'poor' : 'excellent',
      sounds: [],
      camera: undefined,
      screen: index === sharer ? drawnScreen() : undefined,
    }
  })
}

/** A drawn document as a video track. */
function drawnScreen(): Playable {
  const canvas = document.createElement('canvas')
  canvas.width = 1600
  canvas.height = 900
  const pen = canvas.getContext('2d')
  if (pen === null) throw new Error('no canvas')
  const draw = () => {
    pen.fillStyle = '#f7f7f4'
    pen.fillRect(0, 0, 1600, 900)
    pen.fillStyle = '#2b2f36'
    pen.font = '600 56px sans-serif'
    pen.fillText('Release 8: what is left', 90, 130)
    pen.font = '34px sans-serif'
    for (let row = 0; row < 9; row += 1)
      pen.fillText(`${row + 1}. Item on the list`, 90, 220 + row * 68)
  }
  setInterval(draw, 200)
  draw()
  const stream = canvas.captureStream(5)
  return {
    sid: 'screen',
    attach(element) {
      element.srcObject = stream
      void element.play()
    },
    detach(element) {
      element.srcObject = null
    },
  }
}

const nothing = async () => undefined

function standIn(scene: Scene): Call {
  const announcement = { serial: scene.announcement ? 1 : 0, text: scene.announcement ?? '' }
  const part = {
    roomName: ROOM,
    phase: signal(scene.phase),
    problem: signal(scene.problem),
    people: signal(scene.people ?? []),
    audioBlocked: signal(scene.audioBlocked ?? false),
    announcement: signal(announcement),
    media: { path: signal(scene.path), slow: signal(scene.slow ?? false) },
    chat: {
      lines: signal(scene.lines ?? []),
      unread: signal(scene.unread ?? 0),
      setOpen: () => undefined,
      send: nothing,
    },
    ...devicesOf(scene),
    controls: controlsOf(scene),
    join: nothing,
    rejoin: nothing,
    leave: nothing,
    backToStart: nothing,
    hearEveryone: nothing,
  }
  return part as unknown as Call
}

function devicesOf({ microphone = 'closed' }: Scene) {
  const known = microphone === 'open'
  const denied = microphoneProblem(new DOMException('denied', 'NotAllowedError'))
  return {
    devices: {
      inputs: signal(known ? [{ id: 'a', label: 'Headset microphone' }] : []),
      outputs: signal(known ? [{ id: 'b', label: 'Headset' }] : []),
      inputId: signal(undefined),
      outputId: signal(undefined),
      refresh: nothing,
    },
    microphone: {
      state: signal(microphone),
      problem: signal(microphone === 'blocked' ? denied : undefined),
      level: signal(0.45),
      open: nothing,
      openIfAllowed: nothing,
    },
  }
}

function controlsOf(scene: Scene) {
  const self = scene.people?.find((person) => person.isSelf)
  return {
    muted: signal(self?.muted ?? true),
    sharing: signal(scene.sharing ?? false),
    handRaised: signal(scene.handRaised ?? false),
    refusal: signal(scene.refusal),
    dismissRefusal: nothing,
    abilities: signal({ talk: true, share: true, raiseHand: true }),
    toggleMute: nothing,
    toggleShare: nothing,
    toggleHand: nothing,
  }
}

const scene = SCENES[location.hash.slice(1)]
const root = document.getElementById('app')
if (root === null) throw new Error('no #app')
if (scene === undefined) {
  document.title = Object.keys(SCENES).join(' ')
} else {
  const visitor = { name: 'Eve', mayChooseName: scene.fixedName !== true }
  document.title = 'Callbox'
  render(<App call={standIn(scene)} visitor={visitor} rememberName={() => undefined} />, root)
}
