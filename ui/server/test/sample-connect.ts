import type { ConnectDetails, ConnectTest, KernelDetails, LivekitKey } from '#api'
import type { ConnectAdmin, KernelAdmin, KernelChange } from '../deps.ts'

const test = (
  id: string,
  title: string,
  state: ConnectTest['state'] = 'ok',
  more: Partial<ConnectTest> = {},
): ConnectTest => ({ id, title, state, detail: 'It works.', fix: '', tookMs: 12, ...more })

/** What an appliance finds of itself that works. */
export const goodTests: readonly ConnectTest[] = [
  test('dns', 'The name leads to this server'),
  test('certificate', 'A strict client believes the certificate'),
  test('call-page', 'The call page is there'),
  test('clock', 'The clock is right', 'untried', { detail: 'It cannot be told.' }),
  test('turn-udp', 'TURN over UDP: a relay by the shared secret'),
  test('turn-tls', 'TURN over TLS: a relay by the shared secret'),
  test('turn-rest', 'TURN: credentials by the REST API'),
  test('livekit-validate', 'LiveKit: a token by the key in use is taken'),
  test('livekit-join', 'LiveKit: the signal connection lets a participant in'),
  test('livekit-api', 'LiveKit: the server API (RoomService)', 'warning', {
    detail: 'This version does not offer it (404).',
    fix: 'Mute and remove people on the page Calls.',
  }),
]

/** The same with a certificate that nobody believes and a port that is shut. */
export const badTests: readonly ConnectTest[] = goodTests.map((each) => {
  if (each.id === 'certificate') {
    const detail = 'The certificate is self-signed: no client believes it.'
    return { ...each, state: 'failed', detail, fix: 'Order or upload one, under Certificate.' }
  }
  if (each.id !== 'turn-udp') return each
  const detail = '203.0.113.5, port 3478/udp: No answer.'
  return { ...each, state: 'failed', detail, fix: 'See that public_address is right.' }
})

/** Chat servers' settings in a test's hand: it notes what it is asked for. */
export type ScriptedConnect = ConnectAdmin & {
  readonly asked: string[]
  tests: readonly ConnectTest[]
  origin: LivekitKey['origin']
  livekitUrl: string
}

/** Starts with one key and no test made. */
export function scriptedConnect(): ScriptedConnect {
  let keys: readonly string[] = ['APIfirst']
  let found: Pick<ConnectDetails, 'tests' | 'testedAtMs'> = { tests: [], testedAtMs: undefined }
  const row = (key: string, index: number): LivekitKey => ({
    key,
    origin: script.origin,
    hint: `${key.slice(3, 7)}…`,
    retiredAtMs: index === 0 ? undefined : 1_799_990_000_000,
  })
  const secretOf = (key: string) => `the secret of ${key}`
  const script: ScriptedConnect = {
    asked: [],
    tests: goodTests,
    origin: 'generated',
    livekitUrl: 'wss://calls.example.org',
    details: () => ({
      ...found,
      livekitUrl: script.livekitUrl,
      callPageUrl: 'https://calls.example.org/call/',
      keys: keys.map(row),
      isTesting: false,
    }),
    runTests: async () => {
      script.asked.push('test')
      found = { tests: script.tests, testedAtMs: 1_800_000_000_000 }
    },
    rotateKey: async () => {
      script.asked.push('rotate')
      if (script.origin === 'config') return { ok: false, message: 'Change livekit.keys there.' }
      const key = `APInew${keys.length}`
      keys = [key, ...keys]
      return { ok: true, key, secret: secretOf(key) }
    },
    retireKey: async (key) => {
      script.asked.push(`retire ${key}`)
      if (script.origin === 'config' || keys.indexOf(key) < 1) return false
      keys = keys.filter((each) => each !== key)
      return true
    },
    revealSecret: (key) => (keys.includes(key) ? secretOf(key) : undefined),
    issueTrial: async () => ({ livekitUrl: script.livekitUrl, token: 'eyJ.trial.token' }),
  }
  return script
}

/** A kernel in a test's hand. */
export type ScriptedKernel = KernelAdmin & {
  readonly asked: string[]
  obstacle: string | undefined
  next: KernelChange | undefined
}

/** Starts with Debian's values and may change them. */
export function scriptedKernel(): ScriptedKernel {
  let isApplied = false
  const script: ScriptedKernel = {
    asked: [],
    obstacle: undefined,
    next: undefined,
    details: async () => kernelFacts(isApplied, script.obstacle),
    apply: async () => {
      script.asked.push('apply')
      if (script.next) return script.next
      isApplied = true
      return { ok: true, message: '2 settings changed and read back.' }
    },
    revert: async () => {
      script.asked.push('revert')
      isApplied = false
      return { ok: true, message: '2 settings have their value of before.' }
    },
  }
  return script
}

function kernelFacts(isApplied: boolean, obstacle: string | undefined): KernelDetails {
  const state = isApplied ? 'ok' : 'differs'
  const reservation = '3478,5349,8080,8443-8445,49152-65535'
  return {
    settings: [
      {
        key: 'net.core.rmem_max',
        present: isApplied ? '16777216' : '212992',
        wanted: 'at least 16777216',
        state,
        reason: 'the largest receive buffer a socket is granted',
      },
      {
        key: 'net.core.somaxconn',
        present: '4096',
        wanted: 'at least 4096',
        state: 'ok',
        reason: 'connections that wait to be accepted',
      },
      {
        key: 'net.core.netdev_budget',
        present: undefined,
        wanted: 'at least 600',
        state: 'hidden',
        reason: 'packets taken from the network card at a time',
      },
      {
        key: 'net.ipv4.ip_local_reserved_ports',
        present: isApplied ? reservation : '',
        wanted: reservation,
        state,
        reason: 'no program may be given one of our ports by chance',
      },
    ],
    mayApply: obstacle === undefined,
    obstacle,
    isApplied,
    file: '/etc/sysctl.d/90-callbox.conf',
    applyCommand: 'sudo callbox tune --apply',
    revertCommand: 'sudo callbox tune --revert',
    notes: [
      { message: 'eth0 has one receive queue.', fix: 'Give the card as many queues as cores.' },
    ],
  }
}
