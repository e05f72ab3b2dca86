import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { type Key, keyOf } from './keys.ts'
import { paintChanges, paintScreen } from './paint.ts'
import type { Line, Size } from './text.ts'

/** A serial line does not tell its size; this is what terminals on it have. */
const UNTOLD: Size = { columns: 80, rows: 24 }

/** The kernel writes its own messages over the screen of a virtual console: all is drawn over them so often. */
const REDRAW_EVERY_MS = 30_000

const ALTERNATE_ON = '\x1b[?1049h'
const ALTERNATE_OFF = '\x1b[?1049l'
const CURSOR_OFF = '\x1b[?25l'
const CURSOR_ON = '\x1b[?25h'
const CLEAR = '\x1b[0m\x1b[H\x1b[2J'
/** The Linux console turns the screen black after minutes without a key (console_codes(4)). */
const NEVER_BLANK = '\x1b[9;0]\x1b[14;0]'
/** Select UTF-8 (console_codes(4)). */
const UTF8 = '\x1b%G'

/** A terminal to draw on and to read keys from. */
export interface Terminal {
  size(): Size
  draw(lines: readonly Line[]): void
  /** Forgets what is on the screen, so that the next drawing is a whole one. */
  forget(): void
  /** Gives the terminal back as it was. */
  close(): void
}

/** What is told about a terminal. */
type Listeners = Readonly<{ onKey: (key: Key) => void; onResize: () => void }>

/** Takes over a terminal: keys come one by one and are not echoed, the cursor is hidden. */
export function openTerminal(
  input: ReadStream,
  output: WriteStream,
  env: NodeJS.ProcessEnv,
  { onKey, onResize }: Listeners,
): Terminal {
  const kind = env['TERM'] ?? ''
  const brush = { colour: !env['NO_COLOR'] && kind !== 'dumb' }
  const isLinux = kind === 'linux'
  const alternate = /^(xterm|tmux|screen|rxvt)/.test(kind)
  let shown: readonly string[] = []
  const onKeypress = (text: string | undefined, pressed: Parameters<typeof keyOf>[1]) => {
    const key = keyOf(text, pressed)
    if (key !== undefined) onKey(key)
  }
  let isDirty = true
  /** Every line covers what is there, so nothing has to be cleared, and nothing flickers. */
  const drawAllNext = () => {
    shown = []
  }
  const forget = () => {
    drawAllNext()
    isDirty = true
  }
  const onOutputResize = () => {
    forget()
    onResize()
  }
  emitKeypressEvents(input)
  input.setRawMode(true)
  input.on('keypress', onKeypress)
  output.on('resize', onOutputResize)
  const redraw = isLinux ? setInterval(drawAllNext, REDRAW_EVERY_MS) : undefined
  output.write(`${alternate ? ALTERNATE_ON : ''}${isLinux ? `${UTF8}${NEVER_BLANK}` : ''}`)
  output.write(CURSOR_OFF)
  const size = () => sizeOf(output)
  return {
    size,
    forget,
    draw(lines) {
      const next = paintScreen(lines, size(), brush)
      const changes = paintChanges(shown, next)
      if (changes !== '') output.write(`${isDirty ? CLEAR : ''}${changes}`)
      isDirty = false
      shown = next
    },
    close() {
      clearInterval(redraw)
      input.off('keypress', onKeypress)
      output.off('resize', onOutputResize)
      input.setRawMode(false)
      input.pause()
      output.write(`${CLEAR}${CURSOR_ON}${alternate ? ALTERNATE_OFF : ''}`)
    },
  }
}

function sizeOf({ columns, rows }: WriteStream): Size {
  return columns > 0 && rows > 0 ? { columns, rows } : UNTOLD
}
