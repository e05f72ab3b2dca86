import { type AlertMessage, type AlertNotice, headlineOf, TEST_TEXT } from '../message.ts'
import type { Channel } from './channel.ts'
import { type PostOptions, postJson } from './post-json.ts'

/** The colours that Mattermost draws beside an attachment. */
const COLOURS = { critical: '#b3241b', warning: '#d99000', resolved: '#16703c', test: '#1d57b5' }

/** Posts to an incoming webhook of Mattermost, as its message attachments. */
export function mattermostChannel(name: string, url: URL, options?: PostOptions): Channel {
  return {
    name,
    kind: 'mattermost',
    target: url.host,
    send: (message, signal) => postJson(url, mattermostBody(message), signal, options),
  }
}

/** A message in the format of Mattermost's incoming webhooks. */
export function mattermostBody(message: AlertMessage): object {
  const headline = headlineOf(message)
  const attachments =
    message.kind === 'test'
      ? [{ fallback: headline, color: COLOURS.test, text: TEST_TEXT }]
      : message.notices.map(attachmentOf)
  return {
    username: 'Callbox',
    text: `**${asPlain(headline)}** – [alerts](${message.url})`,
    attachments,
  }
}

function attachmentOf({ change, title, severity, value, text, fix }: AlertNotice): object {
  if (change === 'resolved') {
    const fallback = `Resolved: ${title}`
    return { fallback, color: COLOURS.resolved, title: fallback, text: asPlain(value) }
  }
  return {
    fallback: title,
    color: COLOURS[severity],
    title: `${severity === 'critical' ? 'Critical' : 'Warning'}: ${title}`,
    text: [`**${asPlain(value)}**`, asPlain(text), asPlain(fix)].join('\n'),
  }
}

/** Figures and names are shown as they are: nothing in them formats, links or calls anybody. */
function asPlain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|~]/g, '\\$&').replaceAll('@', '@\u200b')
}
