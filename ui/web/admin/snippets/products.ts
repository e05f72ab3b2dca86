import { element } from './element.ts'
import { rest, webrtc } from './generic.ts'
import { jitsi, prosody } from './jitsi.ts'
import { livekit } from './livekit.ts'
import { livekitClient } from './livekit-client.ts'
import { mattermost, mattermostLivekit } from './mattermost.ts'
import { nextcloud } from './nextcloud.ts'
import { ownPage } from './own-page.ts'
import type { Product } from './snippet.ts'
import { synapse } from './synapse.ts'

/** Every product there are snippets for, in the order of the tabs. */
export const PRODUCTS: readonly Product[] = [
  mattermost,
  mattermostLivekit,
  element,
  synapse,
  nextcloud,
  jitsi,
  prosody,
  livekitClient,
  livekit,
  ownPage,
  webrtc,
  rest,
]
