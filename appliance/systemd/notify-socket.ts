import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { loadFfi } from '#turn'

type Ffi = NonNullable<ReturnType<typeof loadFfi>>

/** Sends one message to the service manager; rejects with the refusal of the operating system. */
export type SendToManager = (message: string) => Promise<void>

// Linux: bits/socket.h, sys/un.h.
const afUnix = 1
const datagramCloexec = 2 | 0o2000000
const msgNosignal = 0x4000
const longestPath = 107

const signatures = {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  sendto: { arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'u32'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
  __errno_location: { arguments: [], return: 'pointer' },
} as const

/**
 * Makes the sender for a socket as `NOTIFY_SOCKET` names it: a path, or `@` and an abstract name (sd_notify(3)).
 * Datagrams to such sockets are not in Node. The C library is called, or where that cannot be, the program
 * `systemd-notify`, from which systemd takes messages with `NotifyAccess=all` only.
 */
export function openManagerSocket(name: string, load = loadFfi): SendToManager {
  const address = encodeUnixAddress(name)
  const ffi = load()
  return ffi === undefined ? (message) => sendByProgram(name, message) : sender(ffi, address)
}

/** `struct sockaddr_un` of a path or of an abstract name (unix(7)). Throws a `RangeError` for what is neither. */
export function encodeUnixAddress(name: string): Buffer {
  const path = Buffer.from(name)
  if (!/^[/@]./.test(name) || path.length > longestPath) {
    throw new RangeError(`NOTIFY_SOCKET is no path and no abstract name: ${name}`)
  }
  const isAbstract = name.startsWith('@')
  if (isAbstract) path[0] = 0
  const family = Buffer.alloc(2)
  family.writeUInt16LE(afUnix)
  // The length of an abstract name counts; a path ends with a zero byte.
  return Buffer.concat(isAbstract ? [family, path] : [family, path, Buffer.alloc(1)])
}

function sender(ffi: Ffi, address: Buffer): SendToManager {
  const { functions: libc } = ffi.dlopen(null, signatures)
  const refused = (call: string) =>
    new Error(`${call}: errno ${ffi.getInt32(libc.__errno_location(), 0)}`)
  return async (message) => {
    const fd = libc.socket(afUnix, datagramCloexec, 0)
    if (fd === -1) throw refused('socket')
    const bytes = Buffer.from(message)
    const length = BigInt(bytes.length)
    const sent = libc.sendto(fd, bytes, length, msgNosignal, address, address.length)
    const failure = sent === -1 ? refused('sendto') : undefined
    libc.close(fd)
    if (failure !== undefined) throw failure
  }
}

async function sendByProgram(name: string, message: string): Promise<void> {
  const env = { ...process.env, NOTIFY_SOCKET: name }
  await promisify(execFile)('systemd-notify', message.split('\n'), { env })
}
