import { rest, webrtc } from './generic.ts'
import { jitsi, prosody } from './jitsi.ts'
import { livekit } from './livekit.ts'
import { mattermost } from './mattermost.ts'
import { nextcloud } from './nextcloud.ts'
import type { Product } from './snippet.ts'
import { synapse } from './synapse.ts'

/** Every product there are snippets for, in the order of the tabs. */
export const PRODUCTS: readonly Product[] = [
  mattermost,
  synapse,
  nextcloud,
  jitsi,
  prosody,
  livekit,
  webrtc,
  rest,
]
