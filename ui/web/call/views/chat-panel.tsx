import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from '../../shared/icons.tsx'
import type { Call } from '../state/call-session.ts'
import { MAX_MESSAGE_LENGTH } from '../state/chat.ts'
import { splitLinks } from '../state/links.ts'
import type { ChatLine } from '../state/model.ts'

/** The chat beside the call; over it on a phone. */
export type ChatPanelProps = Readonly<{ call: Call; onClose: () => void }>

/** Messages of this call and a field to write one. They last as long as the call. */
export function ChatPanel({ call, onClose }: ChatPanelProps) {
  const draft = useSignal('')
  const failed = useSignal(false)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => field.current?.focus(), [])

  const send = async () => {
    const text = draft.value
    draft.value = ''
    failed.value = false
    try {
      await call.chat.send(text)
    } catch {
      failed.value = true
      draft.value = draft.value || text
    }
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose()
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    void send()
  }

  return (
    <aside class="chat" aria-label="Chat" data-testid="chat-panel">
      <header class="chat-bar">
        <h2>Chat</h2>
        <span class="grow" />
        <button
          type="button"
          class="button plain icon"
          aria-label="Close the chat"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <Lines lines={call.chat.lines.value} />
      <form
        class="chat-form"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        {failed.value && (
          <p class="field-error" role="alert">
            <Icon name="alert" size={16} /> Not sent. Check the connection and send again.
          </p>
        )}
        <textarea
          ref={field}
          class="input"
          rows={2}
          maxLength={MAX_MESSAGE_LENGTH}
          placeholder="Message to everyone"
          aria-label="Message to everyone"
          data-testid="chat-input"
          value={draft.value}
          onInput={(event) => (draft.value = event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          class="button primary icon"
          aria-label="Send"
          data-testid="chat-send"
          disabled={draft.value.trim() === ''}
        >
          <Icon name="send" />
        </button>
      </form>
    </aside>
  )
}

function Lines({ lines }: { lines: readonly ChatLine[] }) {
  const end = useRef<HTMLDivElement>(null)
  const last = lines.at(-1)?.id
  useEffect(() => end.current?.scrollIntoView({ block: 'end' }), [last])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class="lines" role="log" aria-label="Messages" data-testid="chat-lines" tabIndex={0}>
      {lines.length === 0 && (
        <p class="soft small">No messages yet. They are gone when the call ends.</p>
      )}
      {lines.map((line, index) => (
        <Line key={line.id} line={line} follows={lines[index - 1]?.from === line.from} />
      ))}
      <div ref={end} />
    </div>
  )
}

function Line({ line, follows }: Readonly<{ line: ChatLine; follows: boolean }>) {
  const time = new Date(line.atMs)
  return (
    <div class={`line ${follows ? 'follows' : ''}`} data-testid="chat-line">
      <p class={follows ? 'visually-hidden' : 'line-head'}>
        <strong>{line.isSelf ? 'You' : line.from}</strong>{' '}
        <time class="soft small figures" dateTime={time.toISOString()}>
          {time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}
        </time>
      </p>
      <p class="line-text">
        {splitLinks(line.text).map((part) =>
          part.isLink ? (
            <a key={part.at} href={part.text} target="_blank" rel="noreferrer">
              {part.text}
            </a>
          ) : (
            part.text
          ),
        )}
      </p>
    </div>
  )
}
