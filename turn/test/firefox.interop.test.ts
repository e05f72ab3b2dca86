import t from 'tap'
import { testInOwnNetwork } from '../../scripts/test/own-network.ts'
import { openRelayPageInFirefox } from '../../scripts/test/relay-only.ts'
import { needs } from '../../scripts/test-needs.ts'
import { relayOnly } from './relay-only-browser.ts'

t.setTimeout(180_000)

await testInOwnNetwork(import.meta.filename, {
  name: 'Firefox talks through our engine and nothing else',
  skip: needs('firefox', 'certutil', 'netns'),
  run: (t, address) => relayOnly(t, address, { open: openRelayPageInFirefox, channels: false }),
})
