import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../../shared/icons.tsx'

/** `submit` answers what is wrong, `undefined` when it went well. */
export type CodeFormProps = Readonly<{
  label: string
  help: string
  action: string
  submit: (code: string) => Promise<string | undefined>
}>

/** One field for a one-time code, and one button. */
export function CodeForm({ label, help, action, submit }: CodeFormProps) {
  const field = useRef<HTMLInputElement>(null)
  const [fault, setFault] = useState('')
  const [isBusy, setBusy] = useState(false)
  useEffect(() => field.current?.focus(), [])
  const send = async (event: Event) => {
    event.preventDefault()
    if (isBusy) return
    setBusy(true)
    const code = field.current?.value.trim() ?? ''
    const wrong = code === '' ? 'Type the code.' : await submit(code)
    setBusy(false)
    setFault(wrong ?? '')
    if (wrong !== undefined) field.current?.select()
  }
  return (
    <form class="gate-form" onSubmit={(event) => void send(event)} noValidate>
      <div class="field">
        <label for="one-time-code">{label}</label>
        <input
          ref={field}
          id="one-time-code"
          class="input mono"
          autocomplete="one-time-code"
          autocapitalize="none"
          spellcheck={false}
          maxLength={40}
          aria-invalid={fault !== ''}
          aria-describedby="code-help code-fault"
          required
        />
        <p id="code-help" class="help">
          {help}
        </p>
      </div>
      <div id="code-fault" role="alert">
        {fault !== '' && (
          <p class="notice bad">
            <Icon name="alert" />
            <span>{fault}</span>
          </p>
        )}
      </div>
      <button type="submit" class="button primary" aria-disabled={isBusy}>
        {isBusy ? 'One moment …' : action}
      </button>
    </form>
  )
}
