import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Announcement } from '../state/call-session.ts'

const VISIBLE_MS = 6000

/** Says what happens: joins, leaves, hands. Heard at the next pause of a screen reader, seen for six seconds. */
export function Announcer({ announcement }: { announcement: Announcement }) {
  const visible = useSignal(false)
  useEffect(() => {
    if (announcement.serial === 0) return undefined
    visible.value = true
    const timer = setTimeout(() => {
      visible.value = false
    }, VISIBLE_MS)
    return () => clearTimeout(timer)
  }, [announcement.serial, visible])
  return (
    <div class="announcer" role="status" data-testid="announcer">
      {visible.value && <span key={announcement.serial}>{announcement.text}</span>}
    </div>
  )
}
