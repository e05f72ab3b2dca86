/**
 * Runs in the page: two connections that may use relays only; one says something, the other says it back.
 * Resolves with what came back and the selected pair's candidate types and relay protocol.
 */
globalThis.talkThroughRelay = async (server) => {
  const config = { iceServers: [server], iceTransportPolicy: 'relay' }
  const [a, b] = [new RTCPeerConnection(config), new RTCPeerConnection(config)]
  a.onicecandidate = ({ candidate }) => candidate && b.addIceCandidate(candidate)
  b.onicecandidate = ({ candidate }) => candidate && a.addIceCandidate(candidate)
  b.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(data)
  }
  const channel = a.createDataChannel('talk')
  const echo = new Promise((resolve) => {
    channel.onopen = () => channel.send('through the relay')
    channel.onmessage = ({ data }) => resolve(data)
  })
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription)
  await b.setLocalDescription()
  await a.setRemoteDescription(b.localDescription)
  const echoed = await echo
  const stats = await a.getStats()
  const transport = [...stats.values()].find(({ type }) => type === 'transport')
  const pair = stats.get(transport.selectedCandidatePairId)
  const local = stats.get(pair.localCandidateId)
  const remote = stats.get(pair.remoteCandidateId)
  a.close()
  b.close()
  return {
    echoed,
    candidateTypes: [local.candidateType, remote.candidateType],
    relayProtocol: local.relayProtocol,
  }
}
