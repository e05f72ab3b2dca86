import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { BlockRule } from './test-network.ts'

const run = promisify(execFile)

const SERVER_IP = '10.78.0.1'

/** A server, and offices that reach it each by a line of its own. */
export type OfficeNetwork = Readonly<{
  serverIp: string
  offices: readonly Office[]
  spawnOnServer(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess
  /** How each office's packets fare on their way to the server, from here on; offices not named fare well. */
  fare(lines: ReadonlyMap<Office, Line>): Promise<void>
  close(): Promise<void>
}>

/** A host of people behind one line. */
export type Office = Readonly<{
  ip: string
  /** The path of a script that runs its arguments' browser there. */
  browser: string
}>

/** What a line keeps back: whole ports, or one in so many of the media's datagrams. */
export type Line = Readonly<{ blocked?: readonly BlockRule[]; lossPercent?: number }>

/** Makes the hosts in network namespaces. Needs root, iproute2 and nftables. */
export async function createOfficeNetwork(
  count: number,
  browser = '/usr/bin/chromium',
): Promise<OfficeNetwork> {
  const id = `${process.pid % 10000}${Math.floor(Math.random() * 90 + 10)}`
  const server = `cbo${id}`
  const folder = await mkdtemp(join(tmpdir(), 'callbox-offices-'))
  const ip = (...args: string[]) => run('ip', args)
  await ip('netns', 'add', server)
  await ip('-n', server, 'link', 'set', 'lo', 'up')
  await ip('-n', server, 'link', 'add', 'inside0', 'type', 'veth', 'peer', 'name', 'inside1')
  await ip('-n', server, 'addr', 'add', `${SERVER_IP}/24`, 'dev', 'inside0')
  for (const end of ['inside0', 'inside1']) await ip('-n', server, 'link', 'set', end, 'up')
  const offices: Office[] = []
  for (let n = 1; n <= count; n++) {
    offices.push(await addOffice({ server, namespace: `${server}-${n}`, n, folder, browser }))
  }
  const spawnOn = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawn('ip', ['netns', 'exec', server, command, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  return {
    serverIp: SERVER_IP,
    offices,
    spawnOnServer: spawnOn,
    fare: (lines) => applyLines(server, offices, lines, folder),
    async close() {
      for (let n = 1; n <= count; n++) await ip('netns', 'del', `${server}-${n}`)
      await ip('netns', 'del', server)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type Place = Readonly<{
  server: string
  namespace: string
  n: number
  folder: string
  browser: string
}>

async function addOffice({ server, namespace, n, folder, browser }: Place): Promise<Office> {
  const ip = (...args: string[]) => run('ip', args)
  const [near, far] = [`office${n}`, 'line0']
  await ip('netns', 'add', namespace)
  await ip('-n', server, 'link', 'add', near, 'type', 'veth', 'peer', far, 'netns', namespace)
  await ip('-n', server, 'link', 'set', near, 'up')
  // The server has one address for all: what it sends must come from where it was asked.
  await ip('-n', server, 'route', 'add', `10.78.${n}.0/24`, 'dev', near, 'src', SERVER_IP)
  await ip('-n', namespace, 'addr', 'add', `10.78.${n}.2/24`, 'dev', far)
  for (const link of [far, 'lo']) await ip('-n', namespace, 'link', 'set', link, 'up')
  await ip('-n', namespace, 'route', 'add', SERVER_IP, 'dev', far)
  await ip('-n', namespace, 'route', 'add', 'default', 'via', SERVER_IP)
  const script = join(folder, `browser-${n}`)
  await writeFile(script, `#!/bin/sh\nexec ip netns exec ${namespace} ${browser} "$@"\n`)
  await chmod(script, 0o755)
  return { ip: `10.78.${n}.2`, browser: script }
}

async function applyLines(
  server: string,
  offices: readonly Office[],
  lines: ReadonlyMap<Office, Line>,
  folder: string,
): Promise<void> {
  const rules = offices.flatMap((office, index) => {
    const { blocked = [], lossPercent = 0 } = lines.get(office) ?? {}
    const from = `iifname "office${index + 1}"`
    return [
      ...blocked.map(({ protocol, port }) =>
        port === undefined
          ? `${from} meta l4proto ${protocol} counter drop`
          : `${from} ${protocol} dport ${port} counter drop`,
      ),
      ...(lossPercent > 0
        ? [`${from} meta l4proto udp numgen random mod 100 < ${lossPercent} counter drop`]
        : []),
    ]
  })
  const ruleset = [
    'flush ruleset',
    'table inet lines {',
    '  chain input {',
    '    type filter hook input priority 0; policy accept;',
    ...rules.map((rule) => `    ${rule}`),
    '  }',
    '}',
    '',
  ].join('\n')
  const file = join(folder, 'lines.nft')
  await writeFile(file, ruleset)
  await run('ip', ['netns', 'exec', server, 'nft', '-f', file])
}
