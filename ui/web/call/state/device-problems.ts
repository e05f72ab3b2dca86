import type { Problem } from './model.ts'

/** The page was opened without HTTPS: browsers then hide microphone and screen altogether. */
export function insecureProblem(): Problem {
  return {
    code: 'insecure',
    title: 'The microphone needs HTTPS',
    why: 'Browsers let a page use microphone and screen only over a secure connection, and this address is not.',
    advice: [
      'Open your join link with https:// at its beginning. If nothing answers there, ask the person who runs this server for its address.',
      'You can join and listen in the meantime.',
    ],
    retry: false,
  }
}

/** Puts a failed attempt to open the microphone into words (names: W3C mediacapture-main §10.2.4). */
export function microphoneProblem(error: unknown): Problem {
  if (globalThis.isSecureContext === false) return insecureProblem()
  const name = error instanceof Error ? error.name : ''
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return {
        code: 'microphone-denied',
        title: 'The browser does not allow the microphone',
        why: 'Permission for this page was refused, here or in the settings of the system.',
        advice: [
          'Use the icon beside the address to allow the microphone, then try again.',
          'Or join without it: you hear everyone and can write in the chat.',
        ],
        retry: true,
      }
    case 'NotFoundError':
    case 'OverconstrainedError':
      return {
        code: 'microphone-missing',
        title: 'No microphone found',
        why: 'This device has none, or it is unplugged or switched off.',
        advice: [
          'Connect a microphone or headset, then try again.',
          'Or join without it: you hear everyone and can write in the chat.',
        ],
        retry: true,
      }
    case 'NotReadableError':
    case 'AbortError':
      return {
        code: 'microphone-busy',
        title: 'The microphone is in use',
        why: 'Another program holds it, or its driver failed.',
        advice: [
          'Close other calls and recorders, then try again.',
          'Or choose another microphone.',
        ],
        retry: true,
      }
    default:
      return {
        code: 'microphone-failed',
        title: 'The microphone did not start',
        why: error instanceof Error ? error.message : 'The browser gave no reason.',
        advice: ['Try again, or join without it.'],
        retry: true,
      }
  }
}

/**
 * Puts a failed screen share into a sentence. `undefined` when the person closed the browser's
 * chooser, which is a decision and no fault (browsers report both as NotAllowedError).
 */
export function screenShareMessage(error: unknown): string | undefined {
  const name = error instanceof Error ? error.name : ''
  const detail = error instanceof Error ? error.message : ''
  if (name === 'NotAllowedError' && !/system/i.test(detail)) return undefined
  if (name === 'AbortError') return undefined
  if (name === 'NotAllowedError') {
    return 'The system does not let the browser record the screen. Allow it in the system settings.'
  }
  if (name === 'NotFoundError' || name === 'NotReadableError') {
    return 'The chosen screen or window cannot be captured. Choose another one.'
  }
  if (name === 'DeviceUnsupportedError' || name === 'TypeError') {
    return 'This browser cannot share a screen.'
  }
  return `Sharing did not start${detail ? `: ${detail}` : '.'}`
}
