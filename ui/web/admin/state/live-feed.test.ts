import t from 'tap'
import type { HistoryPoint, Status } from '#api'
import { appendPoint, LiveFeed, type SocketEvents } from './live-feed.ts'

type Timer = { atMs: number; work: () => void }

/** A feed whose sockets, clock and log-in are in the test's hand. */
function feedInHand() {
  const sockets: (SocketEvents & { isOpen: boolean })[] = []
  const timers = new Set<Timer>()
  const hand = { nowMs: 1_000_000, login: 'yes' as 'yes' | 'no' | 'unreachable', loggedOut: 0 }
  const feed = new LiveFeed({
    openSocket: (events) => {
      const socket = { ...events, isOpen: true }
      sockets.push(socket)
      return () => {
        socket.isOpen = false
      }
    },
    isLoggedIn: async () => hand.login,
    onLoggedOut: () => {
      hand.loggedOut++
    },
    nowMs: () => hand.nowMs,
    after: (delayMs, work) => {
      const timer = { atMs: hand.nowMs + delayMs, work }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  })
  const pass = async (ms: number) => {
    hand.nowMs += ms
    for (const timer of [...timers].filter((each) => each.atMs <= hand.nowMs)) {
      timers.delete(timer)
      timer.work()
    }
    // Lets the answer to `isLoggedIn` arrive.
    await Promise.resolve()
    await Promise.resolve()
  }
  const last = () => {
    const socket = sockets.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }
  return { feed, hand, pass, last, sockets, timers }
}

const point = (atMs: number) => ({ atMs }) as HistoryPoint
const figures = (atMs: number) =>
  JSON.stringify({ type: 'status', status: { atMs } as Status, point: point(atMs) })

t.test('history, then figures: live', async (t) => {
  const { feed, last } = feedInHand()
  feed.start()
  t.equal(feed.connection.value.state, 'connecting')
  last().message(JSON.stringify({ type: 'history', points: [point(1000), point(2000)] }))
  last().message(figures(3000))
  t.equal(feed.connection.value.state, 'live')
  t.equal(feed.status.value?.atMs, 3000)
  t.same(feed.points.value, [point(1000), point(2000), point(3000)])
})

t.test('four silent seconds make it stale, though the socket seems open', async (t) => {
  const { feed, hand, pass, last, sockets } = feedInHand()
  feed.start()
  last().message(figures(1))
  const since = hand.nowMs
  await pass(3900)
  t.equal(feed.connection.value.state, 'live')
  await pass(100)
  t.match(feed.connection.value, { state: 'stale', sinceMs: since })
  t.equal(sockets[0]?.isOpen, false)
  await pass(500)
  t.equal(sockets.length, 2, 'and it tries again by itself')
  last().message(figures(2))
  t.equal(feed.connection.value.state, 'live')
})

t.test('tries ever more slowly while the server is away, and at once when asked', async (t) => {
  const { feed, hand, pass, last, sockets } = feedInHand()
  feed.start()
  hand.login = 'unreachable'
  last().close(1006)
  const waits: number[] = []
  for (let n = 0; n < 6; n++) {
    const { connection } = feed
    if (connection.value.state !== 'stale') throw new Error('the server is away')
    const waitMs = (connection.value.retryAtMs ?? 0) - hand.nowMs
    waits.push(waitMs)
    await pass(waitMs)
  }
  t.same(waits, [500, 1000, 2000, 4000, 8000, 8000])
  hand.login = 'yes'
  feed.retryNow()
  await pass(0)
  t.equal(sockets.length, 2)
  feed.retryNow()
  await pass(0)
  t.equal(sockets.length, 2, 'not while one is open')
})

t.test('an ended log-in is told once, whether the socket or the session says so', async (t) => {
  for (const how of ['close code', 'session']) {
    const { feed, hand, pass, last, timers } = feedInHand()
    feed.start()
    last().message(figures(1))
    hand.login = 'no'
    last().close(how === 'close code' ? 4401 : 1006)
    await pass(500)
    t.equal(hand.loggedOut, 1, how)
    t.equal(timers.size, 0, 'nothing goes on')
    feed.retryNow()
    await pass(10_000)
    t.equal(hand.loggedOut, 1)
  }
})

t.test('a new cookie of the same log-in goes on with a new socket', async (t) => {
  const { feed, hand, pass, last, sockets } = feedInHand()
  feed.start()
  last().message(figures(1))
  hand.login = 'yes'
  last().close(4401)
  await pass(0)
  t.equal(sockets.length, 2)
  t.equal(hand.loggedOut, 0)
})

t.test('stopping ends everything', async (t) => {
  const { feed, pass, last, sockets, timers } = feedInHand()
  feed.start()
  feed.stop()
  t.equal(last().isOpen, false)
  t.equal(timers.size, 0)
  await pass(60_000)
  t.equal(sockets.length, 1)
})

t.test('points older than ten minutes and doubles are forgotten', async (t) => {
  const old = [point(0), point(400_000), point(1_000_000)]
  t.same(appendPoint(old, point(1_000_000)), [point(400_000), point(1_000_000)])
})
