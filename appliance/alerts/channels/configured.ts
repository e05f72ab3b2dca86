import type { Config } from '../../config/schema.ts'
import type { Channel } from './channel.ts'
import { jsonChannel } from './json-webhook.ts'
import { mattermostChannel } from './mattermost.ts'
import { smtpChannel } from './smtp.ts'

/** The channels that a configuration names. */
export function configuredChannels({
  mattermost_webhooks,
  webhooks,
  smtp,
}: Config['alerts']): readonly Channel[] {
  return [
    ...mattermost_webhooks.map((url, index) =>
      mattermostChannel(nameOf('Mattermost', index, mattermost_webhooks.length), new URL(url)),
    ),
    ...webhooks.map((url, index) =>
      jsonChannel(nameOf('Webhook', index, webhooks.length), new URL(url)),
    ),
    ...(smtp.host === '' ? [] : [smtpChannel(smtp)]),
  ]
}

function nameOf(kind: string, index: number, count: number): string {
  return count === 1 ? kind : `${kind} ${index + 1}`
}
