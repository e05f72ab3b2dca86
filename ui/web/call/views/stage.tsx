import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from '../../shared/icons.tsx'
import type { Person } from '../state/model.ts'
import { Video } from './video.tsx'

/** The shared screen, big; with a choice when several people share. */
export function Stage({ sharers }: { sharers: readonly Person[] }) {
  const chosen = useSignal<string | undefined>(undefined)
  const actualSize = useSignal(false)
  const frame = useRef<HTMLElement>(null)
  const fullScreen = useFullScreen()
  const sharer = sharers.find((person) => person.identity === chosen.value) ?? sharers.at(-1)
  if (sharer?.screen === undefined) return null
  const toggleFullScreen = () => {
    if (fullScreen) void document.exitFullscreen()
    else void frame.current?.requestFullscreen()
  }
  return (
    <figure class="stage" ref={frame} data-testid="stage" data-identity={sharer.identity}>
      <div class={`stage-view ${actualSize.value ? 'actual' : 'fit'}`}>
        <Video
          key={sharer.screen.sid}
          playable={sharer.screen}
          class="screen"
          label={`Screen of ${sharer.name}`}
        />
      </div>
      <figcaption class="stage-bar">
        <span class="clip">
          <strong>{sharer.name}</strong> shares a screen
        </span>
        <span class="grow" />
        {sharers.length > 1 && (
          <Choice
            sharers={sharers}
            shown={sharer.identity}
            onChoose={(id) => (chosen.value = id)}
          />
        )}
        <button
          type="button"
          class="button plain small-button"
          aria-pressed={actualSize.value}
          onClick={() => (actualSize.value = !actualSize.value)}
        >
          <Icon name="fit" size={18} /> <span class="shrinks">Actual size</span>
        </button>
        {document.fullscreenEnabled && (
          <button
            type="button"
            class="button plain small-button"
            data-testid="full-screen"
            onClick={toggleFullScreen}
          >
            <Icon name="expand" size={18} />
            <span class="shrinks">{fullScreen ? 'Exit full screen' : 'Full screen'}</span>
          </button>
        )}
      </figcaption>
    </figure>
  )
}

type ChoiceProps = Readonly<{
  sharers: readonly Person[]
  shown: string
  onChoose: (identity: string) => void
}>

function Choice({ sharers, shown, onChoose }: ChoiceProps) {
  return (
    <select
      class="input choice"
      aria-label="Which screen to show"
      value={shown}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      {sharers.map((person) => (
        <option key={person.identity} value={person.identity}>
          {person.name}
        </option>
      ))}
    </select>
  )
}

function useFullScreen(): boolean {
  const full = useSignal(false)
  useEffect(() => {
    const update = () => {
      full.value = document.fullscreenElement !== null
    }
    document.addEventListener('fullscreenchange', update)
    return () => document.removeEventListener('fullscreenchange', update)
  }, [full])
  return full.value
}
