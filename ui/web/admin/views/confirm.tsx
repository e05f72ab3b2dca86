import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'

/** `act` answers what is wrong, `undefined` when it is done. */
export type ConfirmProps = Readonly<{
  title: string
  action: string
  isDanger?: boolean
  act: () => Promise<string | undefined>
  onClose: () => void
  children: ComponentChildren
}>

/** Asks before something is done that cannot be undone. */
export function Confirm({ title, action, isDanger, act, onClose, children }: ConfirmProps) {
  const [fault, setFault] = useState('')
  const [isBusy, setBusy] = useState(false)
  const go = async () => {
    if (isBusy) return
    setBusy(true)
    const wrong = await act()
    setBusy(false)
    if (wrong === undefined) onClose()
    else setFault(wrong)
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="stack">
        {children}
        <p role="alert" class="fault">
          {fault}
        </p>
        <div class="dialog-actions">
          <button
            type="button"
            class={`button ${isDanger ? 'danger' : 'primary'}`}
            aria-disabled={isBusy}
            onClick={() => void go()}
          >
            {isBusy ? 'One moment …' : action}
          </button>
          <button type="button" class="button plain" onClick={onClose}>
            Cancel
          </button>
        </div>
      </div>
    </Dialog>
  )
}
