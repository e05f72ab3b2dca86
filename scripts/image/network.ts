import process from 'node:process'
import t, { type Test } from 'tap'

/** The addresses of the machine that runs the test and of the virtual machine, on a wire of their own. */
export const hostIp = '10.78.0.1'
export const guestIp = '10.78.0.2'

/** The hardware address of the virtual machine. */
export const guestMac = '52:54:00:ca:11:b0'

/** The wire's end on this side; the virtual machine has the other. */
export const tap = 'tap0'

/** Set in the namespace: what `prepare` answered. */
const given = process.env['CALLBOX_IMAGE_TEST']

const layWire = [
  'ip link set lo up',
  `ip tuntap add dev ${tap} mode tap`,
  `ip addr add ${hostIp}/24 dev ${tap}`,
  `ip link set ${tap} up`,
].join(' && ')

/** What a test is given that was made before, outside the namespace. */
export type Prepared = Readonly<Record<string, string>>

/** A test on the wire. `skip` says why it cannot run here; `prepare` may use this machine's network. */
export type WireTest = Readonly<{
  name: string
  skip: string | false
  prepare: (t: Test) => Promise<Prepared>
  run: (t: Test, prepared: Prepared) => Promise<void>
}>

/**
 * Runs a test file's test in a network namespace with nothing in it but the wire to a virtual machine: the
 * file runs itself there.
 */
export async function testOnWire(
  file: string,
  { name, skip, prepare, run }: WireTest,
): Promise<void> {
  if (given !== undefined) {
    await t.test(name, (t) => run(t, JSON.parse(given)))
    return
  }
  if (skip) {
    await t.test(name, { skip }, async () => undefined)
    return
  }
  let prepared: Prepared | undefined
  await t.test(`prepares ${name}`, async (t) => {
    prepared = await prepare(t)
  })
  if (prepared === undefined) return
  const script = `${layWire} && exec "$0" "$1"`
  const env = { ...process.env, CALLBOX_IMAGE_TEST: JSON.stringify(prepared) }
  await t.spawn('unshare', ['-n', 'sh', '-c', script, process.execPath, file], { env, name })
}
