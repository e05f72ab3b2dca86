import { useState } from 'preact/hooks'
import { sizeFault } from '../../state/certificate-wording.ts'

export type PemFieldProps = Readonly<{
  id: string
  label: string
  help: string
  text: string
  onText: (text: string) => void
}>

/** A PEM text, from a file or pasted. */
export function PemField({ id, label, help, text, onText }: PemFieldProps) {
  const [fault, setFault] = useState('')
  const take = (given: string) => {
    setFault(sizeFault(given, 'text') ?? '')
    onText(given)
  }
  const read = async (input: HTMLInputElement) => {
    const [file] = input.files ?? []
    if (file === undefined) return
    const tooLarge = sizeFault(' '.repeat(Math.min(file.size, 100_000)), 'file')
    if (tooLarge === undefined) take(await file.text())
    else setFault(tooLarge)
    // The same file can be chosen again after it was changed.
    input.value = ''
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        type="file"
        class="file"
        aria-label={`File: ${label}`}
        accept=".pem,.crt,.cer,.key,.txt"
        onChange={(event) => void read(event.currentTarget)}
      />
      <textarea
        id={id}
        class="input mono pem"
        rows={4}
        value={text}
        placeholder="-----BEGIN …"
        autocomplete="off"
        spellcheck={false}
        aria-describedby={`${id}-help`}
        onInput={(event) => take(event.currentTarget.value)}
      />
      <p id={`${id}-help`} class="help">
        {help}
      </p>
      <p role="alert" class="fault">
        {fault}
      </p>
    </div>
  )
}
