// Runs in the tests' pages: one RTCPeerConnection, sound and pictures made on the spot.
const messages = []
const channels = new Map()
const tracks = []
const analysers = new Map()
let connection
let audioContext

function adopt(channel) {
  channel.binaryType = 'arraybuffer'
  channels.set(channel.label, channel)
  channel.onmessage = ({ data }) => {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data)
    messages.push({
      label: channel.label,
      id: channel.id,
      length: text.length,
      text: text.slice(0, 64),
    })
  }
}

function hear({ track, transceiver }) {
  const stream = new MediaStream([track])
  const element = document.createElement(track.kind)
  element.muted = true
  element.srcObject = stream
  element.play()
  if (track.kind !== 'audio') return
  const analyser = audioContext.createAnalyser()
  audioContext.createMediaStreamSource(stream).connect(analyser)
  analysers.set(transceiver.mid, analyser)
}

function pictures() {
  const canvas = document.createElement('canvas')
  canvas.width = 640
  canvas.height = 360
  const context = canvas.getContext('2d')
  let frame = 0
  setInterval(() => {
    context.fillStyle = `hsl(${frame++ % 360} 80% 50%)`
    context.fillRect(0, 0, canvas.width, canvas.height)
  }, 50)
  return canvas.captureStream(20).getVideoTracks()[0]
}

function tone(hertz) {
  const oscillator = audioContext.createOscillator()
  const destination = audioContext.createMediaStreamDestination()
  oscillator.frequency.value = hertz
  oscillator.connect(destination)
  oscillator.start()
  return destination.stream.getAudioTracks()[0]
}

globalThis.peer = {
  messages,
  tracks,
  state: () => connection.connectionState,
  open() {
    audioContext = new AudioContext()
    connection = new RTCPeerConnection()
    connection.ondatachannel = ({ channel }) => adopt(channel)
    connection.ontrack = (event) => {
      const { transceiver, streams, track } = event
      tracks.push({ mid: transceiver.mid, stream: streams[0]?.id, track: track.id })
      hear(event)
    }
  },
  openChannel: (label, options) => adopt(connection.createDataChannel(label, options)),
  close: () => connection.close(),
  isOpen: (label) => channels.get(label)?.readyState === 'open',
  send: (label, text) => channels.get(label).send(new TextEncoder().encode(text)),
  addTone(hertz) {
    const streams = [new MediaStream()]
    connection.addTransceiver(tone(hertz), { direction: 'sendonly', streams })
  },
  addPictures(layers) {
    const sendEncodings = layers.map((rid, index) => ({
      rid,
      scaleResolutionDownBy: 2 ** (layers.length - 1 - index),
    }))
    connection.addTransceiver(pictures(), {
      direction: 'sendonly',
      streams: [new MediaStream()],
      ...(layers.length > 0 ? { sendEncodings } : {}),
    })
  },
  stopSending(mid) {
    const transceiver = connection.getTransceivers().find((one) => one.mid === mid)
    connection.removeTrack(transceiver.sender)
  },
  async offer(options) {
    await connection.setLocalDescription(await connection.createOffer(options))
    return connection.localDescription.sdp
  },
  accept: (sdp) => connection.setRemoteDescription({ type: 'answer', sdp }),
  async answer(sdp) {
    await connection.setRemoteDescription({ type: 'offer', sdp })
    await connection.setLocalDescription()
    return connection.localDescription.sdp
  },
  /** The loudest frequency heard in a section, in hertz; 0 in silence. */
  loudest(mid) {
    const analyser = analysers.get(mid)
    if (!analyser) return 0
    const bins = new Uint8Array(analyser.frequencyBinCount)
    analyser.getByteFrequencyData(bins)
    const peak = bins.indexOf(Math.max(...bins))
    return bins[peak] < 128 ? 0 : (peak * audioContext.sampleRate) / analyser.fftSize
  },
  async inbound(ssrc) {
    const report = [...(await connection.getStats()).values()]
    const stat = report.find((one) => one.type === 'inbound-rtp' && one.ssrc === ssrc)
    const { framesDecoded = 0, frameWidth = 0, packetsReceived = 0 } = stat ?? {}
    const { totalSamplesReceived: samples = 0 } = stat ?? {}
    return { frames: framesDecoded, width: frameWidth, packets: packetsReceived, samples }
  },
}
