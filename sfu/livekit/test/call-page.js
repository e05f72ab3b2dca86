// Runs in the page: one participant driven by an unmodified livekit-client (global LivekitClient).
/* global LivekitClient */
const { Room, RoomEvent, Track } = LivekitClient
const events = []
const messages = []
const analysers = new Map()
const videos = new Map()
let room
let oscillator
let picture

function note(name, detail = '') {
  events.push({ name, detail, atMs: performance.now() })
}

function listen(track, publication) {
  track.attach().muted = true
  const context = new AudioContext()
  const analyser = new AnalyserNode(context, { fftSize: 4096 })
  context.createMediaStreamSource(new MediaStream([track.mediaStreamTrack])).connect(analyser)
  analysers.set(publication.trackSid, { context, analyser })
}

function watch(track, publication) {
  const video = track.attach()
  video.muted = true
  document.body.append(video)
  videos.set(publication.trackSid, video)
}

function onSubscribed(track, publication, participant) {
  note('trackSubscribed', `${participant.identity} ${publication.source}`)
  if (track.kind === Track.Kind.Audio) listen(track, publication)
  else watch(track, publication)
}

globalThis.call = {
  events,
  messages,
  get room() {
    return room
  },
  async join(url, token, options = {}) {
    room = new Room(options)
    room
      .on(RoomEvent.TrackSubscribed, onSubscribed)
      .on(RoomEvent.TrackUnsubscribed, (track, publication, participant) => {
        note('trackUnsubscribed', `${participant.identity} ${publication.source}`)
        for (const element of track.detach()) element.remove()
      })
      .on(RoomEvent.TrackMuted, (_publication, of) => note('muted', of.identity))
      .on(RoomEvent.TrackUnmuted, (_publication, of) => note('unmuted', of.identity))
      .on(RoomEvent.ParticipantConnected, (of) => note('participantConnected', of.identity))
      .on(RoomEvent.ParticipantDisconnected, (of) => note('participantDisconnected', of.identity))
      .on(RoomEvent.ParticipantAttributesChanged, (changed, of) =>
        note('attributes', `${of.identity} ${JSON.stringify(changed)}`),
      )
      .on(RoomEvent.ActiveSpeakersChanged, (speakers) =>
        note('speakers', speakers.map((one) => one.identity).join(',')),
      )
      .on(RoomEvent.ConnectionQualityChanged, (quality, of) =>
        note('quality', `${of.identity} ${quality}`),
      )
      .on(RoomEvent.SignalReconnecting, () => note('signalReconnecting'))
      .on(RoomEvent.Reconnecting, () => note('reconnecting'))
      .on(RoomEvent.Reconnected, () => note('reconnected'))
      .on(RoomEvent.Disconnected, (reason) => note('disconnected', String(reason)))
      .on(RoomEvent.DataReceived, (payload, of, kind, topic) =>
        messages.push({ text: new TextDecoder().decode(payload), from: of?.identity, kind, topic }),
      )
    const startMs = performance.now()
    await room.connect(url, token)
    return performance.now() - startMs
  },
  /** Publishes a sine tone as the microphone. */
  async publishTone(hertz) {
    const context = new AudioContext()
    oscillator = new OscillatorNode(context, { frequency: hertz })
    const destination = context.createMediaStreamDestination()
    oscillator.connect(new GainNode(context, { gain: 0.5 })).connect(destination)
    oscillator.start()
    const [track] = destination.stream.getAudioTracks()
    const options = { source: Track.Source.Microphone, name: 'tone' }
    const publication = await room.localParticipant.publishTrack(track, options)
    return publication.trackSid
  },
  /** Publishes a moving picture that needs no camera. */
  async publishPicture() {
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 240 })
    document.body.append(canvas)
    const context = canvas.getContext('2d')
    let count = 0
    setInterval(() => {
      count += 1
      context.fillStyle = count % 2 ? 'black' : 'white'
      context.fillRect(0, 0, 160, 240)
    }, 100)
    const [track] = canvas.captureStream(10).getVideoTracks()
    const options = { source: Track.Source.Camera, name: 'picture' }
    picture = await room.localParticipant.publishTrack(track, options)
  },
  async unpublishPicture() {
    await room.localParticipant.unpublishTrack(picture.track)
  },
  /** Sound samples received so far, as the browser counts them. */
  async samples() {
    const stats = await room.engine.pcManager.subscriber.getStats()
    const sounds = [...stats.values()].filter(
      ({ type, kind }) => type === 'inbound-rtp' && kind === 'audio',
    )
    return Math.max(0, ...sounds.map(({ totalSamplesReceived }) => totalSamplesReceived ?? 0))
  },
  /** Resolves when the condition holds, rejects after a while. */
  until(condition, timeoutMs) {
    return new Promise((resolve, reject) => {
      const timer = setInterval(async () => {
        if (await condition()) resolve(clearInterval(timer))
      }, 20)
      setTimeout(() => reject(new Error('never true')), timeoutMs)
    })
  },
  /** Loudest frequency of what is heard of somebody's source, in hertz; undefined in silence. */
  heard(identity, source = 'microphone') {
    const publication = room.remoteParticipants.get(identity)?.getTrackPublication(source)
    const found = analysers.get(publication?.trackSid)
    if (!found) return undefined
    const bins = new Float32Array(found.analyser.frequencyBinCount)
    found.analyser.getFloatFrequencyData(bins)
    const loudest = bins.indexOf(Math.max(...bins))
    if (!(bins[loudest] > -50)) return undefined
    return (loudest * found.context.sampleRate) / found.analyser.fftSize
  },
  /** Width of what is seen of somebody's source, and how far its pixels are from one colour. */
  seen(identity, source) {
    const publication = room.remoteParticipants.get(identity)?.getTrackPublication(source)
    const video = videos.get(publication?.trackSid)
    if (!video?.videoWidth) return { width: 0, spread: 0, frames: 0 }
    const canvas = new OffscreenCanvas(64, 48)
    const context = canvas.getContext('2d')
    context.drawImage(video, 0, 0, 64, 48)
    const { data } = context.getImageData(0, 0, 64, 48)
    const lightness = Array.from({ length: 64 * 48 }, (_, index) => data[4 * index + 1])
    return {
      width: video.videoWidth,
      spread: Math.max(...lightness) - Math.min(...lightness),
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
    }
  },
  has(name, detail, since = 0) {
    return events.slice(since).some((event) => event.name === name && event.detail === detail)
  },
}
