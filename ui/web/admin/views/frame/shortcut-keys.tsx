import { useEffect, useRef, useState } from 'preact/hooks'
import { navigationGroups } from '../../state/navigation.ts'
import type { Route } from '../../state/route.ts'
import { type ShortcutAction, Shortcuts } from '../../state/shortcuts.ts'

/** The card that tells the keys. */
export const HELP_ID = 'keyboard-help'

/** Where the browser remembers that the keys are not wanted. */
const MEMORY = 'callbox-shortcuts'

/** `onOpened` runs when a key has gone to another part. */
export type ShortcutKeysProps = Readonly<{ route: Route; onOpened: () => void }>

/** Listens for the keys, and tells them; whoever types by voice or by chance can turn them off (WCAG 2.1.4). */
export function ShortcutKeys({ route, onOpened }: ShortcutKeysProps) {
  const help = useRef<HTMLElement>(null)
  const opened = useRef(onOpened)
  opened.current = onOpened
  const [isOn, setOn] = useState(() => localStorage.getItem(MEMORY) !== 'off')
  useEffect(() => {
    if (!isOn) return
    const shortcuts = new Shortcuts()
    const act = (action: ShortcutAction) => {
      if (action.type === 'help') return help.current?.togglePopover()
      if (action.type === 'search') return focusSearch()
      route.open(action.section)
      requestAnimationFrame(() => opened.current())
    }
    const press = (event: KeyboardEvent) => {
      const action = isForSomethingElse(event)
        ? undefined
        : shortcuts.press(event.key, event.timeStamp)
      if (action === undefined) return
      event.preventDefault()
      act(action)
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [isOn, route])
  const turn = (on: boolean) => {
    setOn(on)
    localStorage.setItem(MEMORY, on ? 'on' : 'off')
  }
  return (
    <section
      id={HELP_ID}
      ref={help}
      class="card keys"
      popover="auto"
      aria-label="Keyboard shortcuts"
    >
      <h2>Keyboard shortcuts</h2>
      <dl class="key-list">
        {navigationGroups().flatMap(({ places }) =>
          places.map(({ section, label, key }) => (
            <div key={section}>
              <dt>
                <kbd>g</kbd> <kbd>{key}</kbd>
              </dt>
              <dd>{label}</dd>
            </div>
          )),
        )}
        <div>
          <dt>
            <kbd>/</kbd>
          </dt>
          <dd>Search, where there is one</dd>
        </div>
        <div>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>These keys</dd>
        </div>
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event) => turn(event.currentTarget.checked)}
        />
        Use these keys
      </label>
    </section>
  )
}

/** Keys belong to the field they are typed into, to a dialog that is open, and to the browser. */
function isForSomethingElse({ target, altKey, ctrlKey, metaKey, defaultPrevented }: KeyboardEvent) {
  if (altKey || ctrlKey || metaKey || defaultPrevented) return true
  if (document.querySelector('dialog[open]') !== null) return true
  return (
    target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
  )
}

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>('main input[type=search]')
  field?.focus()
}
