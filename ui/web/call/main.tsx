import '../shared/theme.css'
import './styles/call.css'
import { effect } from '@preact/signals'
import { Room, setLogLevel } from 'livekit-client'
import { render } from 'preact'
import { type CallAddress, parseCallAddress } from './state/address.ts'
import { CallSession } from './state/call-session.ts'
import { Devices } from './state/devices.ts'
import { createMemory, type Memory } from './state/memory.ts'
import { Microphone } from './state/microphone.ts'
import { createReconnectPolicy } from './state/reconnect-policy.ts'
import { readTokenClaims } from './state/token-claims.ts'
import { App } from './views/app.tsx'
import { BadAddress } from './views/bad-address.tsx'
import type { Visitor } from './views/pre-join.tsx'

declare global {
  interface Window {
    /**
     * For support and tests, in the browser's console: `callbox.session.room` is the LiveKit room,
     * `await callbox.session.stats()` the WebRTC statistics of both connections.
     */
    callbox?: Readonly<{ session: CallSession }>
  }
}

const NAME_KEY = 'callbox.name'

// The library's chatter would bury the line that support people look for.
setLogLevel('warn')
start()

function start(): void {
  const root = document.getElementById('app')
  if (root === null) throw new Error('index.html has no #app')
  const address = parseCallAddress(location.href)
  if (address === undefined) {
    render(<BadAddress />, root)
    return
  }
  const names = createMemory(() => localStorage)
  const token = keepToken(
    address,
    createMemory(() => sessionStorage),
  )
  const session = createSession(address, token, names)
  window.callbox = { session }
  effect(() => {
    const unread = session.chat.unread.value
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${address.roomName} – Callbox`
  })
  render(
    <App
      call={session}
      visitor={visitorOf(token, names)}
      rememberName={(name) => names.write(NAME_KEY, name)}
    />,
    root,
  )
}

/** Takes the token out of the address bar, where it would be copied along, and keeps it for a reload. */
function keepToken(address: CallAddress, tab: Memory): string | undefined {
  const key = `callbox.token.${address.roomName}`
  if (address.token === undefined) return tab.read(key)
  tab.write(key, address.token)
  history.replaceState(history.state, '', address.cleanPath)
  return address.token
}

function visitorOf(token: string | undefined, names: Memory): Visitor {
  const remembered = names.read(NAME_KEY) ?? ''
  const claims = token === undefined ? undefined : readTokenClaims(token)
  if (claims?.identity === undefined) {
    return { name: remembered || (claims?.name ?? ''), mayChooseName: true }
  }
  const mayChooseName = claims.mayUpdateSelf
  const given = claims.name ?? ''
  return {
    name: mayChooseName ? given || remembered : given || claims.identity,
    mayChooseName,
  }
}

function createSession(
  address: CallAddress,
  token: string | undefined,
  memory: Memory,
): CallSession {
  const devices = new Devices(navigator.mediaDevices, memory)
  return new CallSession({
    room: new Room({
      singlePeerConnection: false,
      // Twice what the window has: the half-size layer of somebody's screen is too coarse to read.
      adaptiveStream: { pixelDensity: Math.max(2, devicePixelRatio) },
      dynacast: true,
      reconnectPolicy: createReconnectPolicy(Math.random),
      publishDefaults: { red: false, dtx: true },
    }),
    devices,
    microphone: new Microphone(devices),
    roomName: address.roomName,
    signalUrl: address.signalUrl,
    token,
    relay: address.relay,
    fetchJson: (input, init) => fetch(input, init),
    now: () => Date.now(),
    // biome-ignore lint/suspicious/noConsole: support people look for the line `rtc connected`
    log: (line) => console.log(line),
  })
}
