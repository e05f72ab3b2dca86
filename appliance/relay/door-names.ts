import type { TurnDoor } from '#api'

const NAMES: Readonly<Record<TurnDoor, string>> = {
  udp: 'UDP',
  tcp: 'TCP',
  tls: 'TLS',
  'tls-web': 'TLS on the web port',
}

/** A way to the relay, in the words of the admin page. */
export function doorName(door: TurnDoor): string {
  return NAMES[door]
}
