import { TurnClient } from '#turn'

/**
 * Makes a relay from wherever this process runs, binds a channel to a peer and writes the relay's
 * address as JSON. Arguments: transport, IP, port, user name, password, IP version, peer's IP and port.
 */
const [transport, ip = '', port, username = '', password = '', family, peerIp = '', peerPort] =
  process.argv.slice(2)
if (transport !== 'udp' && transport !== 'tcp' && transport !== 'tls') {
  throw new Error('udp, tcp or tls')
}
const client = await TurnClient.connect(
  { transport, ip, port: Number(port) },
  { username, password },
)
const relayed = await client.allocate(family === '6' ? 6 : 4)
await client.bindChannel({ ip: peerIp, port: Number(peerPort) })
process.stdout.write(JSON.stringify(relayed))
client.close()
