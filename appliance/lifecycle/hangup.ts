import process from 'node:process'

const ignore = () => {}

/** Does work that must not stop half-way when the terminal goes: an SSH connection that breaks ends what it started. */
export async function throughHangup<T>(work: () => Promise<T>): Promise<T> {
  const streams = [process.stdout, process.stderr]
  process.on('SIGHUP', ignore)
  for (const stream of streams) stream.on('error', ignore)
  try {
    return await work()
  } finally {
    process.off('SIGHUP', ignore)
    for (const stream of streams) stream.off('error', ignore)
  }
}
