import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * Reads a text of at most so many bytes. The folder may be somebody else's than the reader's: a link there could lead root
 * to another file, a pipe have it wait, and a device fill its memory. Rejects with the system's error, or one that says what
 * the file is instead.
 */
export async function readSmallText(file: string, maxBytes: number): Promise<string> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    if (!(await handle.stat()).isFile()) throw new Error('it is no file')
    const buffer = Buffer.alloc(maxBytes + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
      if (bytesRead === 0) break
      length += bytesRead
      if (length > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`)
    }
    return buffer.toString('utf8', 0, length)
  } finally {
    await handle.close()
  }
}
