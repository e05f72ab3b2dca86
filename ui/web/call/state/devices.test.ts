import t from 'tap'
import { type DeviceSource, Devices } from './devices.ts'
import { createMemory } from './memory.ts'

type Found = Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>

function sourceOf(found: Found[]): DeviceSource & { change: () => void } {
  let listener = () => {}
  return {
    enumerateDevices: async () => found,
    addEventListener: (_type, added) => {
      listener = added
    },
    change: () => listener(),
  }
}

const memory = () =>
  createMemory(() => {
    throw new DOMException('no storage in this test', 'SecurityError')
  })

t.test('lists microphones and speakers, and numbers those without a label', async (t) => {
  const source = sourceOf([
    { kind: 'audioinput', deviceId: 'a', label: 'Headset' },
    { kind: 'audioinput', deviceId: 'b', label: '' },
    { kind: 'videoinput', deviceId: 'c', label: 'Camera' },
    { kind: 'audiooutput', deviceId: 'd', label: 'Loudspeaker' },
  ])
  const devices = new Devices(source, memory())
  await devices.refresh()
  t.strictSame(devices.inputs.value, [
    { id: 'a', label: 'Headset' },
    { id: 'b', label: 'Microphone 2' },
  ])
  t.strictSame(devices.outputs.value, [{ id: 'd', label: 'Loudspeaker' }])
})

t.test('shows no placeholders from before permission', async (t) => {
  const devices = new Devices(sourceOf([{ kind: 'audioinput', deviceId: '', label: '' }]), memory())
  await devices.refresh()
  t.strictSame(devices.inputs.value, [])
})

t.test(
  'goes back to the default when the chosen one is gone, and to it when it returns',
  async (t) => {
    const headset: Found = { kind: 'audioinput', deviceId: 'a', label: 'Headset' }
    const found = [headset]
    const devices = new Devices(sourceOf(found), memory())
    await devices.refresh()
    devices.chooseInput('a')
    t.equal(devices.inputId.value, 'a')
    found.pop()
    await devices.refresh()
    t.equal(devices.inputId.value, undefined)
    found.push(headset)
    await devices.refresh()
    t.equal(devices.inputId.value, 'a')
  },
)

t.test('has none where the browser hides them', async (t) => {
  const devices = new Devices(undefined, memory())
  await devices.refresh()
  t.strictSame(devices.inputs.value, [])
})
