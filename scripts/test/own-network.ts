import process from 'node:process'
import t, { type Test } from 'tap'

/** Set in the network namespace where a test file runs itself. */
const insideAddress = process.env['TEST_NETWORK_ADDRESS']
const address = '10.99.0.1'

/** A host name of the test's address in the network of its own, from the system's own list of hosts. */
export const ownHost = 'turn.callbox.test'

const prepareNetwork = [
  'ip link set lo up',
  'ip link add v0 type veth peer name v1',
  `ip addr add ${address}/24 dev v0`,
  'ip link set v0 up',
  'ip link set v1 up',
  'ip route add default via 10.99.0.2',
  'hosts=$(mktemp)',
  // Chromium asks for the name with a dot behind it when it is to send datagrams there.
  `echo "127.0.0.1 localhost\n${address} ${ownHost} ${ownHost}." > $hosts`,
  'mount --bind $hosts /etc/hosts',
  'rm $hosts',
].join(' && ')

/** A test for a network of its own, given the one address there. `skip` says why it cannot run here. */
export type OwnNetworkTest = Readonly<{
  name: string
  skip: string | false
  run: (t: Test, address: string) => Promise<void>
}>

/** Runs a test file's test with a network card but no way out: Firefox does no ICE over loopback. */
export async function testInOwnNetwork(file: string, test: OwnNetworkTest): Promise<void> {
  const { name, run } = test
  if (insideAddress) {
    await t.test(name, (t) => run(t, insideAddress))
    return
  }
  const skip = process.getuid?.() === 0 ? test.skip : 'only root may make a network namespace'
  if (skip) {
    await t.test(name, { skip }, async () => undefined)
    return
  }
  const script = `${prepareNetwork} && exec "$0" "$1"`
  const args = ['-n', '-m', 'sh', '-c', script, process.execPath, file]
  const env = { ...process.env, TEST_NETWORK_ADDRESS: address }
  await t.spawn('unshare', args, { env, name: `${name}, in a network of their own` })
}
