import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Icon } from '../../shared/icons.tsx'
import { focusMain } from './frame/focus-main.ts'

/** It is open as long as it is there; `onClose` takes it away. */
export type DialogProps = Readonly<{
  title: string
  onClose: () => void
  children: ComponentChildren
}>

/** A question or a form over the page, closed by its cross, by Escape, or by what is in it. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const opener = document.activeElement
    dialog.current?.showModal()
    return () => focusAfter(opener)
  }, [])
  return (
    <dialog ref={dialog} class="card join-dialog" aria-labelledby={id} onClose={onClose}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="button plain icon" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  )
}

/** Puts the keyboard where it was, or at the beginning of the page's part when that is gone. */
function focusAfter(opener: Element | null): void {
  if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
  else focusMain()
}
