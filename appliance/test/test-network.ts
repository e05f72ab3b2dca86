import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Two hosts on one wire, in network namespaces of their own: a server's and a client's. */
export type TestNetwork = Readonly<{
  serverIp: string
  clientIp: string
  /** Starts a command on the server's host. */
  spawnOnServer(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess
  /** Starts one on the client's. */
  spawnOnClient(command: string, args: readonly string[]): ChildProcess
  /** Gives both hosts IPv6 addresses too; answers the server's. */
  addIpv6(): Promise<string>
  /** Gives the server a second IPv4 address, as a floating one is; its routes prefer the first. Answers it. */
  addServerIp(): Promise<string>
  /** The path of a script that runs its arguments' browser on the client's host. */
  clientBrowser: string
  /** Drops what the client sends to these ports of the server, from here on; `[]` opens all again. */
  block(rules: readonly BlockRule[]): Promise<void>
  /** Pulls the client's plug, or puts it in again. */
  setClientLink(state: 'up' | 'down'): Promise<void>
  close(): Promise<void>
}>

/**
 * `port` undefined is every port of that protocol, `ip` undefined both IP versions. With a `percentage` only
 * that share of the packets is dropped, at random.
 */
export type BlockRule = Readonly<{
  protocol: 'udp' | 'tcp'
  port?: number
  ip?: 'ipv4' | 'ipv6'
  percentage?: number
}>

/** Makes the two hosts. Needs root, iproute2 and nftables. */
export async function createTestNetwork(browser = '/usr/bin/chromium'): Promise<TestNetwork> {
  const id = `${process.pid % 10000}${Math.floor(Math.random() * 90 + 10)}`
  const server = `cbs${id}`
  const client = `cbc${id}`
  const [serverIp, clientIp] = ['10.77.0.1', '10.77.0.2']
  const folder = await mkdtemp(join(tmpdir(), 'callbox-network-'))
  const ip = (...args: string[]) => run('ip', args)

  await ip('netns', 'add', server)
  await ip('netns', 'add', client)
  await ip(
    'link',
    'add',
    'veth0',
    'netns',
    server,
    'type',
    'veth',
    'peer',
    'name',
    'veth0',
    'netns',
    client,
  )
  for (const [namespace, address] of [
    [server, serverIp],
    [client, clientIp],
  ] as const) {
    await ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'veth0')
    await ip('-n', namespace, 'link', 'set', 'veth0', 'up')
    await ip('-n', namespace, 'link', 'set', 'lo', 'up')
  }
  const clientBrowser = join(folder, 'browser')
  await writeFile(clientBrowser, `#!/bin/sh\nexec ip netns exec ${client} ${browser} "$@"\n`)
  await chmod(clientBrowser, 0o755)

  return {
    serverIp,
    clientIp,
    clientBrowser,
    spawnOnServer: (command, args, env) => spawnOn(server, [command, ...args], env),
    spawnOnClient: (command, args) => spawnOn(client, [command, ...args]),
    async addIpv6() {
      for (const [namespace, host] of [
        [server, 1],
        [client, 2],
      ] as const) {
        const address = `2001:db8:77::${host}/64`
        await ip('-n', namespace, 'addr', 'add', address, 'dev', 'veth0', 'nodad')
      }
      return '2001:db8:77::1'
    },
    async addServerIp() {
      await ip('-n', server, 'addr', 'add', '10.77.0.9/24', 'dev', 'veth0')
      return '10.77.0.9'
    },
    block: (rules) => applyRules(server, rules, folder),
    async setClientLink(state) {
      await ip('-n', client, 'link', 'set', 'veth0', state)
    },
    async close() {
      await ip('netns', 'del', client)
      await ip('netns', 'del', server)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function spawnOn(
  namespace: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  return spawn('ip', ['netns', 'exec', namespace, ...command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function applyRules(namespace: string, rules: readonly BlockRule[], folder: string) {
  const lines = rules.map(({ protocol, port, ip, percentage }) => {
    const version = ip === undefined ? '' : `meta nfproto ${ip} `
    const what = port === undefined ? `meta l4proto ${protocol}` : `${protocol} dport ${port}`
    const share = percentage === undefined ? '' : `numgen random mod 100 < ${percentage} `
    return `    iifname "veth0" ${version}${what} ${share}counter drop`
  })
  const ruleset = [
    'flush ruleset',
    'table inet blocked {',
    '  chain input {',
    '    type filter hook input priority 0; policy accept;',
    ...lines,
    '  }',
    '}',
    '',
  ].join('\n')
  const file = join(folder, 'rules.nft')
  await writeFile(file, ruleset)
  await run('ip', ['netns', 'exec', namespace, 'nft', '-f', file])
}
