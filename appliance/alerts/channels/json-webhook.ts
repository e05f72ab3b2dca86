import { type AlertMessage, headlineOf, TEST_TEXT } from '../message.ts'
import type { Channel } from './channel.ts'
import { type PostOptions, postJson } from './post-json.ts'

/** Posts plain JSON to any webhook; docs/OPERATIONS.md has its schema. */
export function jsonChannel(name: string, url: URL, options?: PostOptions): Channel {
  return {
    name,
    kind: 'json',
    target: url.host,
    send: (message, signal) => postJson(url, jsonBody(message), signal, options),
  }
}

/** A message in our own format, version 1: members may be added, none changes its meaning. */
export function jsonBody(message: AlertMessage): object {
  const { kind, server, url, atMs, notices } = message
  return {
    version: 1,
    kind,
    server,
    url,
    at: new Date(atMs).toISOString(),
    headline: kind === 'test' ? TEST_TEXT : headlineOf(message),
    alerts: notices.map(
      ({ id, title, severity, change, sinceMs, value, condition, text, fix }) => ({
        id,
        title,
        severity,
        state: change,
        since: new Date(sinceMs).toISOString(),
        value,
        condition,
        text,
        fix,
      }),
    ),
  }
}
