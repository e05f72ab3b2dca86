import { ConnectionState, type Room } from 'livekit-client'
import t from 'tap'
import { MediaWatch } from './media-watch.ts'

/** A room as far as the watch sees it. */
function createRoom() {
  const now = {
    state: ConnectionState.Connected,
    publisher: 'connected' as RTCPeerConnectionState,
    subscriber: 'connected' as RTCPeerConnectionState,
  }
  const asked: string[] = []
  const connection = (name: 'publisher' | 'subscriber') => ({
    getConnectionState: () => now[name],
    getRemoteDescription: () => undefined,
    getStats: async () => new Map(),
  })
  const part = {
    get state() {
      return now.state
    },
    engine: {
      pcManager: { publisher: connection('publisher'), subscriber: connection('subscriber') },
    },
    simulateScenario: async (scenario: string) => {
      asked.push(scenario)
    },
  }
  return { room: part as unknown as Room, now, asked }
}

t.test('has the call resumed once when media is lost for two seconds', async (t) => {
  const { room, now, asked } = createRoom()
  const watch = new MediaWatch(room, () => undefined)
  await watch.look()
  now.subscriber = 'disconnected'
  await watch.look()
  t.strictSame(asked, [], 'a moment of it is no loss')
  await watch.look()
  t.strictSame(asked, ['signal-reconnect'])
  await watch.look()
  t.strictSame(asked, ['signal-reconnect'], 'and only once')
  now.subscriber = 'connected'
  await watch.look()
  now.publisher = 'failed'
  await watch.look()
  await watch.look()
  t.equal(asked.length, 2, 'the next loss counts anew')
})

t.test('leaves a call alone that is being resumed already', async (t) => {
  const { room, now, asked } = createRoom()
  const watch = new MediaWatch(room, () => undefined)
  now.state = ConnectionState.SignalReconnecting
  now.publisher = 'disconnected'
  for (let looks = 0; looks < 5; looks++) await watch.look()
  t.strictSame(asked, [])
})
