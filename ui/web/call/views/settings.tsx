import { useRef } from 'preact/hooks'
import { Icon } from '../../shared/icons.tsx'
import type { Call } from '../state/call-session.ts'
import { DeviceChoices } from './device-choices.tsx'

/** Devices and keys, in a dialog over the call. */
export function Settings({ call }: { call: Call }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const open = () => {
    void call.devices.refresh()
    dialog.current?.showModal()
  }
  return (
    <>
      <button
        type="button"
        class="button plain icon"
        aria-label="Settings"
        title="Settings"
        data-testid="settings"
        onClick={open}
      >
        <Icon name="sliders" />
      </button>
      <dialog ref={dialog} class="card dialog" aria-labelledby="settings-title">
        <form method="dialog" class="stack">
          <div class="row spread">
            <h2 id="settings-title">Settings</h2>
            <button type="submit" class="button plain icon" aria-label="Close">
              <Icon name="close" />
            </button>
          </div>
          <DeviceChoices call={call} />
          {call.devices.inputs.value.length === 0 && (
            <p class="soft">The browser lists devices once the microphone was allowed.</p>
          )}
          <section class="keys">
            <h3>Keys</h3>
            <dl class="facts">
              <dt>
                <kbd>M</kbd>
              </dt>
              <dd>Mute or unmute</dd>
              <dt>
                <kbd>H</kbd>
              </dt>
              <dd>Raise or lower your hand</dd>
            </dl>
          </section>
        </form>
      </dialog>
    </>
  )
}
