/** How sound is cut into frames. */
export type FrameFormat = Readonly<{ sampleRate: number; frameSamples: number }>

/** A sine tone at a quarter of full scale, frame after frame, without end. */
export function* nextTone(
  hertz: number,
  { sampleRate, frameSamples }: FrameFormat,
): Generator<Int16Array> {
  for (let start = 0; ; start += frameSamples) {
    const samples = Array.from({ length: frameSamples }, (_, index) =>
      Math.round(8192 * Math.sin((2 * Math.PI * hertz * (start + index)) / sampleRate)),
    )
    yield Int16Array.from(samples)
  }
}

/** Whether most of the energy of these samples is at the frequency, and is loud enough to be heard. */
export function isToneIn(samples: Int16Array, hertz: number, sampleRate: number): boolean {
  let cosine = 0
  let sine = 0
  let energy = 0
  for (const [index, sample] of samples.entries()) {
    const angle = (2 * Math.PI * hertz * index) / sampleRate
    cosine += sample * Math.cos(angle)
    sine += sample * Math.sin(angle)
    energy += sample * sample
  }
  const atFrequency = (2 * (cosine ** 2 + sine ** 2)) / samples.length
  return energy / samples.length > 1_000 ** 2 && atFrequency > 0.8 * energy
}
