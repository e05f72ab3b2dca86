import type { Status } from '#api'
import { formatBytes } from './format.ts'

/** What stands on top of the dashboard. */
export type Verdict = Readonly<{ tone: 'ok' | 'bad'; text: string }>

/** Something the operator should change: why it matters, and the command that does it. */
export type Warning = Readonly<{ id: string; text: string; command: string }>

/** The receive buffer that holds bursts of a full server, in bytes; the send buffer's is the same. */
export const WANTED_BUFFER_BYTES = 16_777_216

/** Says in a sentence whether every service works, or which do not and why. */
export function verdictOf({ services, certificate }: Status): Verdict {
  const broken = services.filter((service) => !service.ok)
  if (services.length === 0) return { tone: 'bad', text: 'No service has reported yet.' }
  if (broken.length === 0 && certificate?.expired === true) {
    return { tone: 'bad', text: 'Needs attention – the certificate, see below.' }
  }
  if (broken.length === 0) {
    const names = services.map((service) => service.name).join(', ')
    return { tone: 'ok', text: `Everything works: ${names}.` }
  }
  const reasons = broken.map(({ name, detail }) => `${name}: ${withoutStop(detail)}`).join('. ')
  return { tone: 'bad', text: `Needs attention – ${reasons}.` }
}

/** Kernel buffers too small for busy calls, in the words the fix needs; 0 is a size that the kernel hides. */
export function kernelWarnings({ kernel }: Status): readonly Warning[] {
  const small = [
    { key: 'net.core.rmem_max', bytes: kernel.rmemMaxBytes, holds: 'arriving' },
    { key: 'net.core.wmem_max', bytes: kernel.wmemMaxBytes, holds: 'leaving' },
  ].filter(({ bytes }) => bytes > 0 && bytes < WANTED_BUFFER_BYTES)
  if (small.length === 0) return []
  const which = small.map(({ key, bytes, holds }) => `${holds} (${key}: ${unbroken(bytes)})`)
  return [
    {
      id: 'kernel-buffers',
      text: `The kernel's buffers for packets ${which.join(' and ')} are small: busy calls can lose sound. ${unbroken(WANTED_BUFFER_BYTES)} are enough.`,
      command: 'sudo npx callbox tune --apply',
    },
  ]
}

/** Bytes whose unit does not slip to the next line. */
function unbroken(bytes: number): string {
  return formatBytes(bytes).replace(' ', '\u00a0')
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, '')
}
