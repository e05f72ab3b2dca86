import { Icon, type IconName } from '../../shared/icons.tsx'
import type { Call } from '../state/call-session.ts'

/** Id of the button that opens the chat; closing the chat brings the focus back to it. */
export const CHAT_CONTROL = 'control-chat'

/** The row of one's own controls at the bottom. */
export type ControlsProps = Readonly<{ call: Call; chatOpen: boolean; onChat: () => void }>

/** Mute, share, hand, chat, leave. Names say what a press does. */
export function Controls({ call, chatOpen, onChat }: ControlsProps) {
  return (
    <section class="controls" aria-label="Call controls">
      <MuteControl call={call} />
      <ShareControl call={call} />
      <HandControl call={call} />
      <Control
        id="chat"
        icon="chat"
        label={chatOpen ? 'Close chat' : 'Chat'}
        tone={chatOpen ? 'lit' : 'on'}
        count={call.chat.unread.value}
        onPress={onChat}
      />
      <Control
        id="leave"
        icon="leave"
        label="Leave"
        tone="danger"
        onPress={() => void call.leave()}
      />
    </section>
  )
}

function MuteControl({ call: { controls } }: { call: Call }) {
  const muted = controls.muted.value
  return (
    <Control
      id="mute"
      icon={muted ? 'microphoneOff' : 'microphone'}
      label={muted ? 'Unmute' : 'Mute'}
      shortcut="M"
      tone={muted ? 'off' : 'on'}
      refusal={controls.abilities.value.talk ? undefined : 'Your link lets you listen only.'}
      onPress={() => void controls.toggleMute()}
      onRefused={(reason) => controls.refuse(reason)}
    />
  )
}

function ShareControl({ call: { controls } }: { call: Call }) {
  const sharing = controls.sharing.value
  const allowed = controls.abilities.value.share
  return (
    <Control
      id="share"
      icon={sharing ? 'screenOff' : 'screen'}
      label={sharing ? 'Stop sharing' : 'Share screen'}
      tone={sharing ? 'lit' : 'on'}
      refusal={allowed ? undefined : shareRefusal()}
      onPress={() => void controls.toggleShare()}
      onRefused={(reason) => controls.refuse(reason)}
    />
  )
}

function shareRefusal(): string {
  return globalThis.isSecureContext
    ? 'This browser or your link cannot share a screen.'
    : 'Sharing a screen needs HTTPS.'
}

function HandControl({ call: { controls } }: { call: Call }) {
  const raised = controls.handRaised.value
  const allowed = controls.abilities.value.raiseHand
  return (
    <Control
      id="hand"
      icon="hand"
      label={raised ? 'Lower hand' : 'Raise hand'}
      shortcut="H"
      tone={raised ? 'lit' : 'on'}
      refusal={allowed ? undefined : 'Your link does not let you raise a hand.'}
      onPress={() => void controls.toggleHand()}
      onRefused={(reason) => controls.refuse(reason)}
    />
  )
}

type ControlProps = Readonly<{
  id: string
  icon: IconName
  label: string
  tone: 'on' | 'off' | 'lit' | 'danger'
  shortcut?: string
  /** Unread messages, shown when above zero. */
  count?: number
  /** Why it cannot be used; it then stays focusable, so that the reason can be read. */
  refusal?: string | undefined
  onPress: () => void
  onRefused?: (reason: string) => void
}>

function Control(props: ControlProps) {
  const { id, icon, label, tone, shortcut, count = 0, refusal, onPress, onRefused } = props
  const hint = refusal ?? (shortcut === undefined ? label : `${label} (${shortcut})`)
  return (
    <button
      type="button"
      class={`control ${tone}`}
      id={`control-${id}`}
      data-testid={id}
      title={hint}
      aria-keyshortcuts={shortcut}
      aria-disabled={refusal !== undefined}
      aria-describedby={refusal === undefined ? undefined : `${id}-refusal`}
      onClick={() => (refusal === undefined ? onPress() : onRefused?.(refusal))}
    >
      <Icon name={icon} size={22} />
      <span class="control-label">{label}</span>
      {count > 0 && (
        <span class="count figures">
          {count > 99 ? '99+' : count}
          <span class="visually-hidden"> unread</span>
        </span>
      )}
      {refusal !== undefined && (
        <span id={`${id}-refusal`} class="visually-hidden">
          {refusal}
        </span>
      )}
    </button>
  )
}
