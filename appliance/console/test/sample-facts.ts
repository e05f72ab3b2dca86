import type { Facts } from '../facts.ts'

/** A machine as it is at its first start: no password, a self-signed certificate. */
export const firstStart: Facts = {
  version: '1.2.3',
  hostName: 'callbox',
  interfaces: [{ name: 'ens3', up: true, addresses: ['192.0.2.10/24', '2001:db8::10/64'] }],
  gateways: ['192.0.2.1', 'fe80::1'],
  nameServers: ['192.0.2.53'],
  adminUrl: 'https://192.0.2.10/admin',
  setupLink: `https://192.0.2.10/admin/setup?code=${'Ab3-'.repeat(10)}xyz`,
  certificate: { fingerprint: Array(32).fill('A7').join(':'), daysLeft: 397 },
  services: { state: 'ready', problems: [] },
  clockSynchronized: true,
  update: undefined,
  rebootRequired: false,
  warnings: [
    {
      message: 'The certificate is self-signed: browsers warn, and apps may refuse it.',
      fix: 'Set web.tls.mode to `files`.',
    },
  ],
}

/** A machine in trouble: nothing runs, no clock, an update that waits, no way out. */
export const inTrouble: Facts = {
  ...firstStart,
  interfaces: [
    { name: 'ens3', up: true, addresses: [] },
    { name: 'ens4', up: false, addresses: [] },
  ],
  gateways: [],
  nameServers: [],
  adminUrl: undefined,
  setupLink: undefined,
  certificate: undefined,
  services: { state: 'notReady', problems: ['turn: no packet came back'] },
  clockSynchronized: false,
  update: 'trying 1.3.0-0badcafe',
  rebootRequired: true,
  warnings: [{ message: 'turn.port = 0: it takes a port.', fix: 'Change it in line 3.' }],
}
