// Runs in each page before its own scripts: remembers every RTCPeerConnection, and measures what the
// page receives: the loudest frequency and the level, 20 times a second.
const probes = { connections: [], samples: [], paths: [] }
globalThis.callboxProbes = probes

globalThis.RTCPeerConnection = class extends globalThis.RTCPeerConnection {
  constructor(...args) {
    super(...args)
    probes.connections.push(this)
  }
}

/** The candidates of the selected pair of each connected peer connection. */
probes.selectedPaths = async () => {
  const open = probes.connections.filter((each) => each.connectionState === 'connected')
  const reports = await Promise.all(open.map((each) => each.getStats()))
  return reports.map(selectedPath).filter((path) => path !== undefined)
}

/** Whether media was last seen to go this way, from the browser on, in both connections. */
probes.goesOver = (protocol) => {
  probes.selectedPaths().then((paths) => {
    probes.paths = paths
  })
  const ways = probes.paths.map((path) => path.relayProtocol ?? path.protocol)
  return ways.length >= 2 && ways.every((way) => way === protocol)
}

function selectedPath(stats) {
  const transport = [...stats.values()].find((entry) => entry.type === 'transport')
  const pair = stats.get(transport?.selectedCandidatePairId)
  const local = stats.get(pair?.localCandidateId)
  const remote = stats.get(pair?.remoteCandidateId)
  if (local === undefined || remote === undefined) return undefined
  return {
    localType: local.candidateType,
    protocol: local.protocol,
    relayProtocol: local.relayProtocol,
    url: local.url,
    remoteIp: remote.address,
    remotePort: remote.port,
  }
}

probes.startListening = () => {
  const audio = new AudioContext()
  void audio.resume()
  const analyser = audio.createAnalyser()
  analyser.fftSize = 4096
  const attached = new Set()
  setInterval(() => {
    for (const track of receivedAudioTracks()) {
      if (attached.has(track)) continue
      attached.add(track)
      audio.createMediaStreamSource(new MediaStream([track])).connect(analyser)
    }
    probes.samples.push(measure(analyser, audio.sampleRate))
    if (probes.samples.length > 400) probes.samples.shift()
  }, 50)
}

function receivedAudioTracks() {
  return probes.connections
    .filter((each) => each.connectionState !== 'closed')
    .flatMap((each) => each.getReceivers())
    .map(({ track }) => track)
    .filter((track) => track.kind === 'audio' && track.readyState === 'live')
}

function measure(analyser, sampleRate) {
  const spectrum = new Float32Array(analyser.frequencyBinCount)
  const wave = new Float32Array(analyser.fftSize)
  analyser.getFloatFrequencyData(spectrum)
  analyser.getFloatTimeDomainData(wave)
  const loudest = spectrum.reduce((best, dB, bin) => (dB > spectrum[best] ? bin : best), 1)
  const power = wave.reduce((sum, sample) => sum + sample * sample, 0) / wave.length
  return {
    frequency: (loudest * sampleRate) / analyser.fftSize,
    dB: 10 * Math.log10(power + 1e-12),
  }
}

/** Whether each of the tones was the loudest, at speaking level, in at least three measurements. */
probes.heard = (tones) =>
  tones.every((tone) => {
    const hits = probes.samples.filter((each) => Math.abs(each.frequency - tone) < 30)
    return hits.filter(({ dB }) => dB > -45).length >= 3
  })

/** Whether a whole second of measurements in a row held nothing that can be heard. */
probes.silent = () => {
  const last = probes.samples.slice(-20)
  return last.length === 20 && last.every(({ dB }) => dB < -65)
}

/** What there is to say when an expectation does not come true. */
probes.report = async () => ({
  paths: await probes.selectedPaths(),
  connections: probes.connections.map((each) => each.connectionState),
  tracks: receivedAudioTracks().map((track) => ({ muted: track.muted })),
  samples: probes.samples.length,
  last: probes.samples.slice(-10).map((each) => [Math.round(each.frequency), Math.round(each.dB)]),
  video: videoQuarters(),
})

/** Forgets what was heard and seen so far. */
probes.forget = () => {
  probes.samples.length = 0
  probes.paths = []
}

/** Whether the middles of the largest video's quarters have these colours, within 60 a channel. */
probes.sees = (colours) => {
  const seen = videoQuarters()
  return seen?.every((pixel, quarter) =>
    pixel.every((value, channel) => Math.abs(value - colours[quarter][channel]) < 60),
  )
}

function videoQuarters() {
  const videos = [...document.querySelectorAll('video')].filter((each) => each.videoWidth > 0)
  const video = videos.sort((a, b) => b.videoWidth - a.videoWidth)[0]
  if (video === undefined) return undefined
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  const context = canvas.getContext('2d')
  context.drawImage(video, 0, 0)
  const at = (x, y) => [
    ...context.getImageData(canvas.width * x, canvas.height * y, 1, 1).data.slice(0, 3),
  ]
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)]
}
