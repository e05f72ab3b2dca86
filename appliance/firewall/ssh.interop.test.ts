import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { promisify } from 'node:util'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'

const skip = needs('netns')

t.test('sees a connection where /proc shows nothing but processes', { skip }, async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection')
  const client = connect(port, '127.0.0.1')
  t.teardown(() => client.destroy())
  await accepted
  const program = `import { isConnected } from '${import.meta.dirname}/ssh.ts'
    process.stdout.write(String(await isConnected('/', [${port}])))`
  const script = 'mount -t proc -o subset=pid proc /proc && exec "$0" --input-type=module -e "$1"'
  const run = promisify(execFile)
  const { stdout } = await run('unshare', ['-m', 'sh', '-c', script, process.execPath, program])
  t.equal(stdout, 'true')
})
