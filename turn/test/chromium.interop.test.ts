import t from 'tap'
import { testInOwnNetwork } from '../../scripts/test/own-network.ts'
import { openRelayPageInChromium } from '../../scripts/test/relay-only.ts'
import { needs } from '../../scripts/test-needs.ts'
import { relayOnly } from './relay-only-browser.ts'

t.setTimeout(180_000)

await testInOwnNetwork(import.meta.filename, {
  name: 'Chromium talks through our engine and nothing else',
  skip: needs('chromium', 'certutil', 'netns'),
  run: (t, address) => relayOnly(t, address, { open: openRelayPageInChromium, channels: true }),
})
