import type { Call } from '../state/call-session.ts'
import type { Device } from '../state/devices.ts'

/** Choice of microphone and, where the browser can send sound elsewhere, of speaker. */
export function DeviceChoices({ call }: { call: Call }) {
  const { devices, controls, microphone } = call
  const chooseInput = (id: string) => {
    void controls.chooseMicrophone(id)
    if (call.phase.value === 'prejoin') void microphone.open()
  }
  return (
    <div class="device-choices">
      <DeviceChoice
        id="input"
        label="Microphone"
        devices={devices.inputs.value}
        chosen={devices.inputId.value}
        onChoose={chooseInput}
      />
      {canChooseSpeaker() && (
        <DeviceChoice
          id="output"
          label="Speaker"
          devices={devices.outputs.value}
          chosen={devices.outputId.value}
          onChoose={(id) => void controls.chooseSpeaker(id)}
        />
      )}
    </div>
  )
}

type DeviceChoiceProps = Readonly<{
  id: string
  label: string
  devices: readonly Device[]
  chosen: string | undefined
  onChoose: (id: string) => void
}>

/** Nothing is shown until the browser tells the devices, which it does once the microphone was allowed. */
function DeviceChoice({ id, label, devices, chosen, onChoose }: DeviceChoiceProps) {
  if (devices.length === 0) return null
  return (
    <div class="field">
      <label for={`device-${id}`}>{label}</label>
      <select
        id={`device-${id}`}
        class="input"
        data-testid={`device-${id}`}
        value={chosen ?? devices[0]?.id}
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        {devices.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label}
          </option>
        ))}
      </select>
    </div>
  )
}

function canChooseSpeaker(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype
}
