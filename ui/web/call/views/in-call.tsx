import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Icon } from '../../shared/icons.tsx'
import type { Call } from '../state/call-session.ts'
import { shortcutOf } from '../state/shortcuts.ts'
import { ChatPanel } from './chat-panel.tsx'
import { Connection } from './connection.tsx'
import { CHAT_CONTROL, Controls } from './controls.tsx'
import { PeopleList } from './people-list.tsx'
import { ProblemNotice } from './problem-notice.tsx'
import { Settings } from './settings.tsx'
import { Sounds } from './sounds.tsx'
import { Stage } from './stage.tsx'
import { useFocus } from './use-focus.ts'

/** The call: who is here, the shared screen, chat, and one's own controls. */
export function InCall({ call }: { call: Call }) {
  const chatOpen = useSignal(false)
  const closeChat = () => {
    chatOpen.value = false
    document.getElementById(CHAT_CONTROL)?.focus()
  }
  useShortcuts(call)
  useEffect(() => {
    call.chat.setOpen(chatOpen.value)
  }, [call, chatOpen.value])
  const people = call.people.value
  const screens = people.filter((person) => person.screen !== undefined && !person.isSelf)
  const layout = screens.length > 0 ? 'with-stage' : 'without-stage'
  return (
    <div
      class={`call ${layout} ${chatOpen.value ? 'with-chat' : ''}`}
      data-testid="in-call"
      data-phase={call.phase.value}
    >
      <CallBar call={call} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <main class="call-main" tabIndex={0}>
        <Banners call={call} />
        <div class="arena">
          {screens.length > 0 && <Stage sharers={screens} />}
          <PeopleList people={people} />
        </div>
      </main>
      {chatOpen.value && <ChatPanel call={call} onClose={closeChat} />}
      <Controls
        call={call}
        chatOpen={chatOpen.value}
        onChat={() => (chatOpen.value = !chatOpen.value)}
      />
      <Sounds people={people} />
    </div>
  )
}

function CallBar({ call }: { call: Call }) {
  const heading = useFocus()
  const count = call.people.value.length
  return (
    <header class="call-bar">
      <h1 tabIndex={-1} ref={heading}>
        {call.roomName}
      </h1>
      <span class="badge figures" data-testid="count">
        <Icon name="people" size={16} />
        {count}
        <span class="visually-hidden">{count === 1 ? 'person' : 'people'} in the call</span>
      </span>
      <span class="grow" />
      <Connection call={call} />
      <Settings call={call} />
    </header>
  )
}

/** What stands between the person and the call, most urgent first. */
function Banners({ call }: { call: Call }) {
  return (
    <div class="banners">
      <div role="status">
        {call.phase.value === 'reconnecting' && (
          <div class="notice warn banner" data-testid="reconnecting">
            <Icon name="refresh" />
            <p>
              <strong>Connection interrupted. Reconnecting…</strong> You keep your place; others may
              not hear you until it is back.
            </p>
          </div>
        )}
      </div>
      {call.audioBlocked.value && (
        <div class="notice banner">
          <Icon name="speaker" />
          <div class="row spread">
            <p>The browser keeps this page silent until you click.</p>
            <button
              type="button"
              class="button primary"
              data-testid="hear"
              onClick={() => void call.hearEveryone()}
            >
              Click to hear
            </button>
          </div>
        </div>
      )}
      {call.controls.refusal.value && (
        <ProblemNotice problem={call.controls.refusal.value} tone="warn">
          <div class="row">
            <button
              type="button"
              class="button"
              data-testid="dismiss"
              onClick={() => call.controls.dismissRefusal()}
            >
              All right
            </button>
          </div>
        </ProblemNotice>
      )}
      {call.controls.sharing.value && (
        <div class="notice banner">
          <Icon name="screen" />
          <div class="row spread">
            <p>Everyone sees your screen.</p>
            <button type="button" class="button" onClick={() => void call.controls.toggleShare()}>
              Stop sharing
            </button>
          </div>
        </div>
      )}
    </div>
  )
}

function useShortcuts(call: Call): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null
      const { key, repeat, ctrlKey, metaKey, altKey } = event
      const shortcut = shortcutOf({ key, repeat, ctrlKey, metaKey, altKey, target })
      if (shortcut === 'mute') void call.controls.toggleMute()
      if (shortcut === 'hand') void call.controls.toggleHand()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [call])
}
