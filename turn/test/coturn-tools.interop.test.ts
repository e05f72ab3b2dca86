import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { sharedSecret, startOurEngine } from './our-engine.ts'
import { UdpEndpoint } from './udp-endpoint.ts'

const messages = 40
const modes: Readonly<Record<string, readonly string[]>> = {
  'channels over UDP': [],
  'Send indications over UDP': ['-s'],
  'channels over UDP, one allocation each': ['-c'],
  'channels over TCP': ['-t'],
  'Send indications over TCP': ['-t', '-s'],
  'padded channels over UDP': ['-D'],
  'credentials that the tool makes of the shared secret': ['-c', '-W', sharedSecret],
  'one client to the other over UDP': ['-y', '-c'],
}

function missingTools(): string | false {
  try {
    execFileSync('which', ['turnutils_uclient', 'turnutils_stunclient', 'turnutils_peer'])
    return false
  } catch {
    return 'turnutils_* of the Debian package coturn are not installed'
  }
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  return `${output}\nexit code ${code}`
}

/** Starts the echoing peer of coturn and waits until it echoes. */
async function startPeer(): Promise<{ peer: ChildProcess; port: number }> {
  const probe = await UdpEndpoint.open()
  const { port } = probe
  probe.close()
  const peer = spawn('turnutils_peer', ['-L', '127.0.0.1', '-p', `${port}`], { stdio: 'ignore' })
  const endpoint = await UdpEndpoint.open()
  for (let attempt = 0; attempt < 100; attempt++) {
    endpoint.send(Buffer.from('are you there?'), port)
    if (await endpoint.next(100)) break
  }
  endpoint.close()
  return { peer, port }
}

t.setTimeout(180_000)

t.test("coturn's client tools work with our engine", { skip: missingTools() }, async (t) => {
  const server = await startOurEngine()
  const { peer, port: peerPort } = await startPeer()
  t.teardown(async () => {
    peer.kill()
    await server.close()
  })

  await t.test('turnutils_stunclient learns its address', async (t) => {
    const output = await run('turnutils_stunclient', ['-p', `${server.port}`, '127.0.0.1'])
    t.match(output, /UDP reflexive addr: 127\.0\.0\.1:\d+/)
  })

  for (const [name, mode] of Object.entries(modes)) {
    await t.test(`turnutils_uclient: ${name}`, async (t) => {
      const port = mode.includes('-t') ? server.tcpPort : server.port
      const login = mode.includes('-W')
        ? ['-u', 'alice']
        : ['-u', server.username, '-w', server.password]
      const peerAt = ['-e', '127.0.0.1', '-r', `${peerPort}`]
      const load = ['-n', `${messages}`, '-m', '2', '-p', `${port}`]
      const output = await run('turnutils_uclient', [
        ...mode,
        ...login,
        ...peerAt,
        ...load,
        '127.0.0.1',
      ])
      const counts = [...output.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/g)].at(-1)
      t.same(counts?.slice(1).map(Number), [2 * messages, 2 * messages], 'sent and received')
      t.match(output, /Total lost packets 0 /)
      t.match(output, 'exit code 0')
    })
  }
})
