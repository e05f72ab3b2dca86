import type { KernelStatus, Status } from '#api'
import { formatBytes, formatNumber, formatPercent } from './format.ts'

/** A figure of the machine, and what is to be thought of it. */
export type Judged = Readonly<{
  id: string
  name: string
  value: string
  /** `undefined` where there is nothing to judge. */
  tone: 'ok' | 'warn' | 'bad' | undefined
  word: string
  /** What the figure is, or why there is none. */
  title: string
}>

/** From here on a limit is close, percent. */
const CLOSE_PERCENT = 80
const FULL_PERCENT = 95

/** What the kernel counts and the limits it has, a line each, judged in a word. */
export function judgeKernel(kernel: KernelStatus): readonly Judged[] {
  return [
    lost(
      'receive-errors',
      'UDP lost on arrival',
      kernel.udpReceiveBufferErrors,
      kernel.udpReceived,
      'Datagrams since boot that found no room in a receive buffer (RcvbufErrors).',
    ),
    lost(
      'send-errors',
      'UDP lost on leaving',
      kernel.udpSendBufferErrors,
      kernel.udpSent,
      'Datagrams since boot that found no room in a send buffer (SndbufErrors).',
    ),
    socketDrops(kernel),
    lost(
      'softnet-dropped',
      'Queue of the card, dropped',
      kernel.softnetDropped,
      kernel.udpReceived,
      'Packets since boot that a core could not take in (softnet dropped).',
    ),
    {
      id: 'softnet-squeezed',
      name: 'Queue of the card, cut short',
      value: formatNumber(kernel.softnetSqueezed),
      tone: undefined,
      word: kernel.softnetSqueezed === 0 ? 'Never' : 'Harmless alone',
      title:
        'How often a core had more packets to take in than its time allowed (softnet squeezed).',
    },
    share('conntrack', 'Connections tracked', kernel.conntrack, CONNTRACK_TITLE),
    share('files', 'Open files', used(kernel.files.open, kernel.files.max), FILES_TITLE),
    share(
      'relay-ports',
      'Relay ports',
      used(kernel.relayPorts.used, kernel.relayPorts.total),
      PORTS_TITLE,
    ),
  ]
}

const CONNTRACK_TITLE =
  'Connections that the firewall follows; when the table is full, new ones are dropped. Hidden where no firewall follows any.'
const FILES_TITLE = 'Open files and sockets of the main process, and how many it may have.'
const PORTS_TITLE = 'Ports that TURN relays hold, of those they may take.'

function used(count: number, max: number) {
  return { count, max }
}

function lost(id: string, name: string, count: number, of: number, title: string): Judged {
  const value = formatNumber(count)
  if (count === 0) return { id, name, value, tone: 'ok', word: 'None', title }
  const percent = (100 * count) / Math.max(1, of + count)
  const tone = percent >= 0.1 ? 'bad' : 'warn'
  const word = percent >= 0.1 ? `${formatPercent(percent)} lost` : 'A few'
  return { id, name, value, tone, word, title }
}

function socketDrops({ socketDrops: sockets, udpReceived }: KernelStatus): Judged {
  const total = sockets.reduce((sum, { drops }) => sum + drops, 0)
  const each = sockets
    .filter(({ drops, queuedBytes }) => drops > 0 || queuedBytes > 0)
    .map(({ port, drops, queuedBytes }) => {
      return `port ${port}: ${formatNumber(drops)} dropped, ${formatBytes(queuedBytes)} waiting`
    })
  const title = ['Datagrams dropped at our own sockets since they were opened.', ...each].join(' ')
  return lost('socket-drops', 'Dropped at our sockets', total, udpReceived, title)
}

function share(
  id: string,
  name: string,
  amount: Readonly<{ count: number; max: number }> | undefined,
  title: string,
): Judged {
  if (amount === undefined || amount.max === 0) {
    return { id, name, value: '–', tone: undefined, word: 'Not counted', title }
  }
  const percent = (100 * amount.count) / amount.max
  const value = `${formatNumber(amount.count)} of ${formatNumber(amount.max)}`
  if (percent >= FULL_PERCENT) return { id, name, value, tone: 'bad', word: 'Full', title }
  if (percent >= CLOSE_PERCENT) return { id, name, value, tone: 'warn', word: 'Nearly full', title }
  return { id, name, value, tone: 'ok', word: 'Plenty', title }
}

/** Days after which a certificate ought to have been renewed. */
const SOON_DAYS = 14

/** The certificate, in days. */
export function judgeCertificate({
  certificateDaysLeft: days,
}: Pick<Status, 'certificateDaysLeft'>): Judged {
  const base = { id: 'certificate', name: 'Certificate', title: 'Whole days until it ends.' }
  if (days === undefined) {
    const title = 'There is none: a proxy in front has it, or none is loaded.'
    return { ...base, value: '–', tone: undefined, word: 'None here', title }
  }
  if (days < 0)
    return { ...base, value: 'Ended', tone: 'bad', word: 'Renew it now', title: base.title }
  const value = `${days} ${days === 1 ? 'day' : 'days'} left`
  if (days < SOON_DAYS) return { ...base, value, tone: 'warn', word: 'Ends soon' }
  return { ...base, value, tone: 'ok', word: 'Valid' }
}

/** From here on a disk counts as nearly full, percent. */
const DISK_PERCENT = 85

/** The disk of the data directory. */
export function judgeDisk({ disk }: Pick<Status, 'disk'>): Judged {
  const base = { id: 'disk', name: 'Disk', title: 'The disk of the data directory.' }
  if (disk === undefined || disk.totalBytes === 0) {
    const title = 'The system does not say how much room the disk has.'
    return { ...base, value: '–', tone: undefined, word: 'Not known', title }
  }
  const percent = 100 - (100 * disk.freeBytes) / disk.totalBytes
  const value = `${formatBytes(disk.freeBytes)} free of ${formatBytes(disk.totalBytes)}`
  if (percent >= FULL_PERCENT) return { ...base, value, tone: 'bad', word: 'Full' }
  if (percent >= DISK_PERCENT) return { ...base, value, tone: 'warn', word: 'Nearly full' }
  return { ...base, value, tone: 'ok', word: 'Plenty' }
}
