import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'

// Each border of the house, as folder: what a file there must not import, and one thing that it may.
const borders: Readonly<Record<string, Readonly<{ refused: readonly string[]; allowed: string }>>> =
  {
    'turn/net': {
      refused: [
        '#sfu',
        '#ui',
        '../../sfu/index.ts',
        '../../ui/server/app.ts',
        '../../appliance/a.ts',
      ],
      allowed: 'node:dgram',
    },
    'turn/server': {
      refused: [
        '#sfu',
        '#ui',
        '../../sfu/index.ts',
        '../../ui/api.ts',
        '../../appliance/a.ts',
        'node:fs',
        'node:dgram',
        '../net/driver.ts',
      ],
      allowed: 'node:crypto',
    },
    'turn/protocol': {
      refused: [
        '#sfu',
        '#ui',
        '../../sfu/index.ts',
        '../../ui/api.ts',
        '../../appliance/a.ts',
        'node:net',
        '../net/driver.ts',
        '../server/turn-server.ts',
      ],
      allowed: 'node:crypto',
    },
    'sfu/net': {
      refused: ['#turn', '#ui', '../../turn/index.ts', '../../ui/api.ts', '../../appliance/a.ts'],
      allowed: '../livekit/session.ts',
    },
    'sfu/media': {
      refused: ['#turn', '../room/room.ts', '../livekit/a.ts', '../rtcd/a.ts', '../net/a.ts'],
      allowed: 'mediasoup',
    },
    'sfu/sdp': {
      refused: [
        '#turn',
        'node:fs',
        '../room/a.ts',
        '../livekit/a.ts',
        '../rtcd/a.ts',
        '../net/a.ts',
      ],
      allowed: 'sdp-transform',
    },
    'sfu/room': {
      refused: [
        '#turn',
        '../livekit/a.ts',
        '../rtcd/a.ts',
        '../net/a.ts',
        '@livekit/protocol',
        '../media/mediasoup-plane.ts',
      ],
      allowed: '../media/media-plane.ts',
    },
    'sfu/livekit': {
      refused: ['#turn', '../rtcd/a.ts', '../net/a.ts', '../media/mediasoup-plane.ts'],
      allowed: '../room/room.ts',
    },
    'sfu/rtcd': {
      refused: [
        '#turn',
        '../livekit/a.ts',
        '../net/a.ts',
        '@livekit/protocol',
        '../media/mediasoup-plane.ts',
      ],
      allowed: '../room/room.ts',
    },
    'ui/server': {
      refused: [
        '#turn',
        '#sfu',
        '../../turn/index.ts',
        '../../sfu/index.ts',
        '../../appliance/a.ts',
      ],
      allowed: '#api',
    },
    'ui/web': {
      refused: ['#turn', '#sfu', '../../sfu/index.ts', 'node:fs', '../server/app.ts', 'koa'],
      allowed: '#api',
    },
  }

/** Globals that the sans-IO folders must not touch: time, timers and the process come in as arguments. */
const refusedGlobals = ['Date', 'performance', 'setTimeout', 'setInterval', 'process']

const root = join(import.meta.dirname, '..')
const house = mkdtempSync(join(tmpdir(), 'callbox-borders-'))
t.teardown(() => rmSync(house, { recursive: true }))
cpSync(join(root, 'biome.json'), join(house, 'biome.json'))

const probes = new Map<string, string>()
for (const [folder, { refused, allowed }] of Object.entries(borders)) {
  for (const [index, name] of [...refused, allowed].entries()) {
    probes.set(`${folder}/probe-${index}.ts`, `import { probe } from '${name}'\nprobe()\n`)
  }
}
for (const folder of ['turn/protocol', 'turn/server']) {
  for (const name of refusedGlobals) {
    probes.set(`${folder}/global-${name}.ts`, `export const probe = () => ${name}\n`)
  }
}
for (const [path, source] of probes) {
  mkdirSync(dirname(join(house, path)), { recursive: true })
  writeFileSync(join(house, path), source)
}
const complaints = lint()

for (const [folder, { refused, allowed }] of Object.entries(borders)) {
  t.test(`${folder} keeps its border`, async (t) => {
    for (const [index, name] of refused.entries()) {
      const rules = complaints.get(`${folder}/probe-${index}.ts`)
      t.ok(rules?.has('lint/style/noRestrictedImports'), `refuses ${name}`)
    }
    const rules = complaints.get(`${folder}/probe-${refused.length}.ts`)
    t.notOk(rules?.has('lint/style/noRestrictedImports'), `allows ${allowed}`)
  })
}

for (const folder of ['turn/protocol', 'turn/server']) {
  t.test(`${folder} takes time and the process as arguments`, async (t) => {
    for (const name of refusedGlobals) {
      const rules = complaints.get(`${folder}/global-${name}.ts`)
      t.ok(rules?.has('lint/style/noRestrictedGlobals'), `refuses ${name}`)
    }
  })
}

/** The rules that each probe breaks, by its path. */
function lint(): ReadonlyMap<string, ReadonlySet<string>> {
  const { stdout } = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['lint', '--reporter=json', '--max-diagnostics=none', '.'],
    { cwd: house, encoding: 'utf8' },
  )
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[]
  }
  const found = new Map<string, Set<string>>()
  for (const { category, location } of diagnostics) {
    const path = typeof location.path === 'string' ? location.path : location.path.file
    found.set(path, (found.get(path) ?? new Set()).add(category))
  }
  return found
}
