import { useEffect, useRef } from 'preact/hooks'
import type { Playable } from '../state/model.ts'

/** Where a video plays. Its sound, if any, plays elsewhere. */
export type VideoProps = Readonly<{ playable: Playable; class: string; label: string }>

/** Plays one video track. */
export function Video({ playable, class: className, label }: VideoProps) {
  const element = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const video = element.current
    if (video === null) return undefined
    playable.attach(video)
    return () => void playable.detach(video)
  }, [playable])
  return <video ref={element} class={className} aria-label={label} muted playsInline autoPlay />
}
