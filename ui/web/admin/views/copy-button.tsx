import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../../shared/icons.tsx'

const SHOWN_MS = 4000

/** `of` tells one of many from the others, to who hears it; `isPrimary` where copying is what one came for. */
export type CopyButtonProps = Readonly<{
  text: string
  label: string
  of?: string
  isPrimary?: boolean
}>

/** Copies a text and says whether that worked; without the browser's leave one copies by hand. */
export function CopyButton({ text, label, of = '', isPrimary = false }: CopyButtonProps) {
  const [outcome, setOutcome] = useState('')
  useEffect(() => {
    if (outcome === '') return
    const timer = setTimeout(() => setOutcome(''), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = async () =>
    setOutcome((await writeClipboard(text)) ? 'Copied' : 'Select and copy it')
  return (
    <button
      type="button"
      class={`button ${isPrimary ? 'primary' : ''}`}
      onClick={() => void copy()}
    >
      {outcome === 'Copied' && <Icon name="check" size={16} />}
      <span aria-live="polite">{outcome || label}</span>
      {of !== '' && <span class="visually-hidden"> {of}</span>}
    </button>
  )
}

/** Browsers offer the clipboard on secure pages only, and may refuse it there. */
async function writeClipboard(text: string): Promise<boolean> {
  if (!('clipboard' in navigator)) return false
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch (error) {
    if (error instanceof DOMException) return false
    throw error
  }
}
