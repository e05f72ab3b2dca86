import { Room, RoomEvent } from 'livekit-client'
import t from 'tap'
import { Chat, MAX_MESSAGE_LENGTH } from './chat.ts'

function createChat() {
  const room = new Room({ singlePeerConnection: false })
  Object.assign(room.localParticipant, { identity: 'me', name: 'Me' })
  const anna = { identity: 'anna', name: 'Anna' }
  Object.assign(room, {
    getParticipantByIdentity: (identity: string) =>
      [room.localParticipant, anna].find((person) => person.identity === identity),
  })
  const told: string[] = []
  const tell = (sentence: string) => told.push(sentence)
  const receive = (id: string, message: string) =>
    room.emit(RoomEvent.ChatMessage, { id, message, timestamp: 0 }, anna as never)
  return { room, chat: new Chat(room, { now: () => 1000, tell }), receive, told }
}

t.test('shows what arrives with the name of the sender and counts it as unread', async (t) => {
  const { chat, receive, told } = createChat()
  receive('1', 'hello')
  receive('2', 'again'.repeat(100))
  t.strictSame(chat.lines.value[0], {
    id: '1',
    from: 'Anna',
    isSelf: false,
    text: 'hello',
    atMs: 1000,
  })
  t.equal(chat.unread.value, 2)
  t.equal(told[0], 'Anna in the chat: hello')
  t.ok((told[1]?.length ?? 0) < 150)
  chat.setOpen(true)
  t.equal(chat.unread.value, 0)
  receive('3', 'read at once')
  t.equal(chat.unread.value, 0)
  t.equal(told.length, 2)
})

t.test('shows a message once that arrives in two ways', async (t) => {
  const { chat, receive } = createChat()
  receive('1', 'hello')
  receive('1', 'hello')
  t.equal(chat.lines.value.length, 1)
})

t.test('sends on the topic of LiveKit clients and shows what was sent', async (t) => {
  const { room, chat } = createChat()
  const sent: unknown[] = []
  Object.assign(room.localParticipant, {
    sendText: async (text: string, options: unknown) => {
      sent.push([text, options])
      return { id: 's1' }
    },
  })
  await chat.send('  hi  ')
  await chat.send('   ')
  t.strictSame(sent, [['hi', { topic: 'lk.chat' }]])
  t.match(chat.lines.value, [{ id: 's1', isSelf: true, text: 'hi', from: 'Me' }])
  t.equal(chat.unread.value, 0)
})

t.test('rejects when the connection is down, and shows nothing as sent', async (t) => {
  const { room, chat } = createChat()
  Object.assign(room.localParticipant, { sendText: () => Promise.reject(new Error('down')) })
  await t.rejects(chat.send('hi'))
  t.strictSame(chat.lines.value, [])
})

t.test('keeps the last 500 messages and cuts overlong ones', async (t) => {
  const { chat, receive } = createChat()
  for (let serial = 0; serial < 510; serial += 1) receive(String(serial), 'x')
  receive('long', 'y'.repeat(MAX_MESSAGE_LENGTH + 1))
  t.equal(chat.lines.value.length, 500)
  t.equal(chat.lines.value.at(-1)?.text.length, MAX_MESSAGE_LENGTH)
})
