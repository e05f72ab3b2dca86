import { writeFile } from 'node:fs/promises'

const SAMPLE_RATE = 48000

/** Frequencies in hertz that the test's microphone plays, one after the other, 300 ms each. */
export const MICROPHONE_TONES = [500, 1200] as const

/**
 * Writes the WAV file that Chromium plays as its microphone: short beeps of changing pitch, because
 * noise suppression takes a steady tone for noise.
 */
export async function writeMicrophoneFile(path: string): Promise<void> {
  const beep = Math.round(SAMPLE_RATE * 0.3)
  const samples = new Int16Array(beep * MICROPHONE_TONES.length * 10)
  for (let index = 0; index < samples.length; index++) {
    const tone = MICROPHONE_TONES[Math.floor(index / beep) % MICROPHONE_TONES.length] ?? 0
    const inBeep = (index % beep) / beep
    const envelope = Math.sin(Math.PI * inBeep) ** 0.5
    samples[index] = Math.round(
      16000 * envelope * Math.sin((2 * Math.PI * tone * index) / SAMPLE_RATE),
    )
  }
  await writeFile(
    path,
    Buffer.concat([waveHeader(samples.byteLength), Buffer.from(samples.buffer)]),
  )
}

/** A RIFF header for 16-bit mono PCM. */
function waveHeader(bytes: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + bytes, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(SAMPLE_RATE, 24)
  header.writeUInt32LE(SAMPLE_RATE * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(bytes, 40)
  return header
}
