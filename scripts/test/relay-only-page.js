// Runs in a page: two connections that may use relays only, a data channel and sound both ways.
const open = []

function createSide(server, stream, problems) {
  const connection = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: 'relay' })
  connection.onicecandidateerror = ({ url, errorCode, errorText }) =>
    problems.push(`${url}: ${errorCode} ${errorText}`)
  for (const track of stream.getTracks()) connection.addTrack(track, stream)
  // Decoded only where somebody plays it.
  connection.ontrack = ({ track }) => {
    const element = new Audio()
    element.srcObject = new MediaStream([track])
    void element.play()
    open.push({ close: () => element.pause() })
  }
  open.push(connection)
  return connection
}

/**
 * Resolves with what came back on the data channel, and what each side hears and which way it goes; the
 * connections stay until `hangUp`. Rejects after 30 s with what the browser said about its candidates.
 */
globalThis.talkThroughRelay = async (server) => {
  const problems = []
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const [a, b] = [createSide(server, stream, problems), createSide(server, stream, problems)]
  let candidates = 0
  a.onicecandidate = ({ candidate }) => {
    if (!candidate?.candidate) return
    candidates++
    b.addIceCandidate(candidate)
  }
  const noRelay = new Promise((_, reject) => {
    a.onicegatheringstatechange = () => {
      if (a.iceGatheringState !== 'complete' || candidates > 0) return
      reject(new Error(`no relay: ${problems.join(', ')}`))
    }
  })
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
  const echoed = await within(
    Promise.race([echo, noRelay]),
    () => `no echo: ${a.iceConnectionState} ${problems.join(', ')}`,
  )
  const sides = []
  for (const side of [a, b]) sides.push(await within(heard(side), () => `no sound: ${lastSound}`))
  return { echoed, sides }
}

globalThis.hangUp = () => {
  for (const each of open.splice(0)) each.close()
}

function within(promise, complaint) {
  return Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error(complaint())), 30_000)),
  ])
}

let lastSound = ''

/** Looks until a second of loud sound has arrived. */
async function heard(connection) {
  for (;;) {
    const stats = [...(await connection.getStats()).values()]
    const sound = stats.find(({ type }) => type === 'inbound-rtp')
    lastSound = JSON.stringify(sound)
    if (sound?.packetsReceived > 50 && sound.totalAudioEnergy > 0.01) return pathOf(stats)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Firefox has no transport statistics for it: there the nominated pair that succeeded is the one. */
function pathOf(stats) {
  const byId = (wanted) => stats.find(({ id }) => id === wanted)
  const transport = stats.find(({ type }) => type === 'transport')
  const pair =
    byId(transport?.selectedCandidatePairId) ??
    stats.find(({ type, selected }) => type === 'candidate-pair' && selected)
  const local = byId(pair.localCandidateId)
  const remote = byId(pair.remoteCandidateId)
  return {
    types: [local.candidateType, remote.candidateType],
    relayProtocol: local.relayProtocol,
  }
}
