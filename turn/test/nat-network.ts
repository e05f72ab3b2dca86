import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { NatClient } from './nat-client.ts'

/** The server's address on the test's internet, and one more there. */
export const internet = { server: '198.51.100.1', peer: '198.51.100.2' } as const

/**
 * How a NAT chooses ports (RFC 4787 §4.1): `cone` keeps a client's port towards everybody, `symmetric` takes another for
 * each destination, at random.
 */
export type NatKind = 'cone' | 'symmetric'

const translation: Readonly<Record<NatKind, string>> = {
  cone: 'masquerade',
  symmetric: 'masquerade fully-random',
}

/** An internet on a bridge in the test's own network namespace, with NATs on it, each in one of its own. */
export class NatNetwork {
  readonly #children: ChildProcess[] = []
  #nats = 0

  /** Makes the bridge; `/run/netns` becomes this mount namespace's own, so nothing is left behind. */
  constructor() {
    run('mkdir', '-p', '/run/netns')
    run('mount', '-t', 'tmpfs', 'none', '/run/netns')
    ip('link', 'add', 'internet', 'type', 'bridge')
    ip('link', 'set', 'internet', 'up')
    for (const address of Object.values(internet)) {
      ip('addr', 'add', `${address}/24`, 'dev', 'internet')
    }
  }

  /** Puts a NAT on the internet, or behind another one. */
  addNat(kind: NatKind, outer?: Nat): Nat {
    this.#nats++
    const name = `nat${this.#nats}`
    const lan = `192.168.${this.#nats}`
    const nat = new Nat(name, lan)
    ip('netns', 'add', name)
    nat.exec('ip', 'link', 'set', 'lo', 'up')
    ip('link', 'add', 'wan', 'netns', name, 'type', 'veth', 'peer', 'name', `to-${name}`)
    if (outer) {
      ip('link', 'set', `to-${name}`, 'netns', outer.name)
      outer.exec('ip', 'addr', 'add', `${outer.lan}.1/24`, 'dev', `to-${name}`)
      outer.exec('ip', 'link', 'set', `to-${name}`, 'up')
    } else {
      ip('link', 'set', `to-${name}`, 'master', 'internet', 'up')
    }
    const own = outer ? `${outer.lan}.2` : `198.51.100.${10 + this.#nats}`
    nat.exec('ip', 'addr', 'add', `${own}/24`, 'dev', 'wan')
    nat.exec('ip', 'link', 'set', 'wan', 'up')
    if (outer) nat.exec('ip', 'route', 'add', 'default', 'via', `${outer.lan}.1`)
    nat.exec('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
    nat.exec(
      'nft',
      `add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; };
      add rule ip nat out oifname "wan" ${translation[kind]}`,
    )
    return nat
  }

  /** Puts a host with a TURN client behind a NAT. */
  async addClient(nat: Nat): Promise<NatClient> {
    const host = `host-${nat.name}`
    ip('netns', 'add', host)
    ip(
      'link',
      'add',
      'lan',
      'netns',
      host,
      'type',
      'veth',
      'peer',
      'name',
      'lan',
      'netns',
      nat.name,
    )
    nat.exec('ip', 'addr', 'add', `${nat.lan}.1/24`, 'dev', 'lan')
    nat.exec('ip', 'link', 'set', 'lan', 'up')
    for (const command of [
      `addr add ${nat.lan}.2/24 dev lan`,
      'link set lan up',
      `route add default via ${nat.lan}.1`,
    ]) {
      ip('-n', host, ...command.split(' '))
    }
    const file = new URL('nat-client-process.ts', import.meta.url).pathname
    const child = spawn('ip', ['netns', 'exec', host, process.execPath, file], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#children.push(child)
    return NatClient.on(child)
  }

  /** Ends the clients; the namespaces go with the test's own. */
  close(): void {
    for (const child of this.#children) child.kill()
  }
}

/** One NAT. */
export class Nat {
  readonly name: string
  /** The first three numbers of its inner network. */
  readonly lan: string

  constructor(name: string, lan: string) {
    this.name = name
    this.lan = lan
  }

  /** Lets no UDP out. */
  blockUdp(): void {
    this.exec(
      'nft',
      `add table ip filter; add chain ip filter way { type filter hook forward priority 0; };
      add rule ip filter way meta l4proto udp drop`,
    )
  }

  /** Drops so many of a hundred packets, both ways, from here on; 0 drops none. */
  lose(percent: number): void {
    this.exec(
      'nft',
      `add table ip loss; delete table ip loss; add table ip loss;
      add chain ip loss way { type filter hook forward priority 1; };
      add rule ip loss way numgen random mod 100 < ${percent} drop`,
    )
  }

  /** Forgets every mapping, as a home router does when it starts again. */
  forgetMappings(): void {
    this.exec('conntrack', '-F')
  }

  /** Runs a command on it. */
  exec(...command: readonly string[]): void {
    run('ip', 'netns', 'exec', this.name, ...command)
  }
}

function ip(...args: readonly string[]): void {
  run('ip', ...args)
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
