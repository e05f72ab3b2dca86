import { type ReadonlySignal, signal } from '@preact/signals'
import { type Room, RoomEvent, type TextStreamReader } from 'livekit-client'
import type { ChatLine } from './model.ts'

/** Topic of chat messages among LiveKit clients. */
const CHAT_TOPIC = 'lk.chat'
/** Longest message that is sent or shown, in UTF-16 units. */
export const MAX_MESSAGE_LENGTH = 4000
const MAX_LINES = 500
const MAX_TOLD_LENGTH = 120

/** What the chat needs: the time, and a way to tell of a message while it is closed. */
export type ChatOptions = Readonly<{ now: () => number; tell: (sentence: string) => void }>

/**
 * The in-call chat. Sends text streams on `lk.chat`; receives those and the older chat packets of
 * clients that still send them. A message that arrives both ways is shown once.
 */
export class Chat {
  readonly #lines = signal<readonly ChatLine[]>([])
  readonly #unread = signal(0)
  readonly #room: Room
  readonly #options: ChatOptions
  #open = false

  constructor(room: Room, options: ChatOptions) {
    this.#room = room
    this.#options = options
    room.registerTextStreamHandler(CHAT_TOPIC, (reader, from) => {
      void this.#receiveStream(reader, from.identity)
    })
    room.on(RoomEvent.ChatMessage, (message, from) => {
      if (from === undefined || from.identity === room.localParticipant.identity) return
      this.#add(message.id, from.identity, message.message)
    })
  }

  /** Messages, oldest first; the last 500. */
  get lines(): ReadonlySignal<readonly ChatLine[]> {
    return this.#lines
  }

  /** Messages that arrived while the chat was closed. */
  get unread(): ReadonlySignal<number> {
    return this.#unread
  }

  /** Tells whether the chat is on screen, so that what arrives counts as read. */
  setOpen(open: boolean): void {
    this.#open = open
    if (open) this.#unread.value = 0
  }

  /** Sends a message to everyone. Empty text is ignored; rejects when the connection is down. */
  async send(text: string): Promise<void> {
    const message = text.trim().slice(0, MAX_MESSAGE_LENGTH)
    if (message === '') return
    const sent = await this.#room.localParticipant.sendText(message, { topic: CHAT_TOPIC })
    this.#add(sent.id, this.#room.localParticipant.identity, message)
  }

  async #receiveStream(reader: TextStreamReader, identity: string): Promise<void> {
    let text: string
    try {
      text = await reader.readAll()
    } catch {
      text = '(a message was lost on the way)'
    }
    this.#add(reader.info.id, identity, text)
  }

  #add(id: string, identity: string, text: string): void {
    if (this.#lines.value.some((line) => line.id === id)) return
    const sender = this.#room.getParticipantByIdentity(identity)
    const isSelf = identity === this.#room.localParticipant.identity
    const line: ChatLine = {
      id,
      from: sender?.name || identity,
      isSelf,
      text: text.slice(0, MAX_MESSAGE_LENGTH),
      atMs: this.#options.now(),
    }
    this.#lines.value = [...this.#lines.value, line].slice(-MAX_LINES)
    if (this.#open || isSelf) return
    this.#unread.value += 1
    this.#options.tell(`${line.from} in the chat: ${shorten(line.text)}`)
  }
}

function shorten(text: string): string {
  return text.length <= MAX_TOLD_LENGTH ? text : `${text.slice(0, MAX_TOLD_LENGTH)}…`
}
