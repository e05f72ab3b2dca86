import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'

const run = promisify(execFile)
const isInside = process.env['CONSOLE_TEST_INSIDE'] === 'yes'

const IMAGE_NETWORK = join(
  import.meta.dirname,
  '../../../packer/rootfs/files/etc/systemd/network/80-dhcp.network',
)

/** The address that the network gives, and the router in it. */
export const given = { address: '192.0.2.50', router: '192.0.2.1' }

/** The other end of the cable is a router whose only lease is the given address. */
const ROUTER = `[Match]
Name=veth-router

[Network]
Address=${given.router}/24
DHCPServer=yes

[DHCPServer]
PoolOffset=50
PoolSize=1
DNS=192.0.2.53
`

/** Everything that a console changes is of these namespaces: network, host name, mounts, processes. */
const NAMESPACES = ['--net', '--uts', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']

const prepare = [
  'mount -t tmpfs -o size=64m tmpfs /mnt',
  'cp -a /etc /mnt/etc',
  'rm -rf /mnt/etc/systemd/network /mnt/etc/callbox',
  'mkdir -p /mnt/etc/systemd/network',
  'mount --bind /mnt/etc /etc',
  'mount -t tmpfs tmpfs /run',
  'mkdir -p /run/dbus',
  // Where /sys cannot be written there is no udev, and systemd-networkd does not wait for it.
  'mount -t sysfs -o ro sysfs /sys',
  'hostname before',
  'hostname > /etc/hostname',
  'ip link set lo up',
  'ip link add ens3 type veth peer name veth-router',
  'ip link set veth-router up',
].join(' && ')

/** Runs a test file's test on what is a machine of its own to it, up to the init. */
export async function testOnOwnMachine(
  file: string,
  { name, skip, run }: Readonly<{ name: string; skip: string | false; run: (t: Test) => unknown }>,
): Promise<void> {
  if (isInside || skip) {
    await t.test(name, { skip }, async (t) => void (await run(t)))
    return
  }
  const args = [...NAMESPACES, 'sh', '-c', `${prepare} && exec "$0" "$1"`, process.execPath, file]
  const env = { ...process.env, CONSOLE_TEST_INSIDE: 'yes' }
  await t.spawn('unshare', args, { env, name: `${name}, on a machine of its own` })
}

/**
 * Starts systemd-networkd as systemd would, with the image's own file, and waits until the interface has
 * its address by DHCP. Answers the lines it writes, which become more.
 */
export async function startNetworkd(t: Test): Promise<readonly string[]> {
  await run('dbus-daemon', ['--system', '--fork', '--nopidfile'])
  await writeFile('/etc/systemd/network/10-router.network', ROUTER)
  await copyFile(IMAGE_NETWORK, '/etc/systemd/network/80-dhcp.network')
  await mkdir('/run/systemd/netif/links', { recursive: true })
  await run('chown', ['-R', 'systemd-network:systemd-network', '/run/systemd/netif'])
  const networkd = spawn('/lib/systemd/systemd-networkd', { stdio: ['ignore', 'ignore', 'pipe'] })
  t.teardown(() => stop(networkd))
  const lines = createInterface({ input: networkd.stderr })
  const written: string[] = []
  lines.on('line', (row) => written.push(row))
  const waits = ['--interface=ens3:routable', '--timeout=20']
  await once(lines, 'line')
  await run('/lib/systemd/systemd-networkd-wait-online', waits)
  return written
}

/** The addresses of the interface, as the kernel has them. */
export type Addresses = Readonly<{
  now(): Promise<string>
  /** Resolves once the interface has this address. */
  until(address: string): Promise<void>
}>

const PROBE = '198.51.100.1/32'

/** Watches the addresses; resolves when the kernel does tell of changes. */
export async function watchAddresses(t: Test): Promise<Addresses> {
  const options = { stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'] }
  const monitor = spawn('ip', ['-o', '-4', 'monitor', 'address'], options)
  t.teardown(() => stop(monitor))
  const lines = createInterface({ input: monitor.stdout })
  let told = false
  lines.once('line', () => {
    told = true
  })
  while (!told) {
    await run('ip', ['address', 'add', PROBE, 'dev', 'lo'])
    await run('ip', ['address', 'delete', PROBE, 'dev', 'lo'])
  }
  const now = async () => (await run('ip', ['-4', '-br', 'address', 'show', 'dev', 'ens3'])).stdout
  return {
    now,
    async until(address) {
      for (;;) {
        const changed = once(lines, 'line')
        if ((await now()).includes(address)) return
        await changed
      }
    },
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = child.exitCode === null ? once(child, 'exit') : undefined
  child.kill('SIGTERM')
  await ended
}
