import { useEffect, useRef } from 'preact/hooks'
import type { Person, Playable } from '../state/model.ts'

/** Plays everything that is heard from the others. */
export function Sounds({ people }: { people: readonly Person[] }) {
  return (
    <div hidden data-testid="sounds">
      {people.flatMap((person) =>
        person.sounds.map((sound) => (
          <Sound key={sound.sid} playable={sound} identity={person.identity} />
        )),
      )}
    </div>
  )
}

type SoundProps = Readonly<{ playable: Playable; identity: string }>

function Sound({ playable, identity }: SoundProps) {
  const element = useRef<HTMLAudioElement>(null)
  useEffect(() => {
    const audio = element.current
    if (audio === null) return undefined
    playable.attach(audio)
    return () => void playable.detach(audio)
  }, [playable])
  // biome-ignore lint/a11y/useMediaCaption: live speech has no captions to offer
  return <audio ref={element} autoPlay data-identity={identity} data-track={playable.sid} />
}
