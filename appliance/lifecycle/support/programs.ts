import { execFile } from 'node:child_process'

/** A program whose output helps, and the file that gets it. */
export type Program = Readonly<{ file: string; command: string; args: readonly string[] }>

/** Runs a program; rejects with the reason when there is no output to be had. */
export type RunProgram = (command: string, args: readonly string[]) => Promise<string>

const UNITS = [
  'callbox.service',
  'callbox-firewall.service',
  'callbox-firewall-follow.path',
  'callbox-firewall-follow.service',
  'callbox-tune.service',
  'callbox-console.service',
  'callbox-update-watch.service',
] as const

const UNIT_FACTS =
  'Id,LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus,ActiveEnterTimestamp,MemoryCurrent,TasksCurrent,UnitFileState,DropInPaths'

const LIMIT_MS = 20_000
const MAX_BYTES = 32 * 1024 * 1024

/** What is asked of the system. */
export const PROGRAMS: readonly Program[] = [
  program('journal.txt', `journalctl --no-pager --lines 5000 --output short-iso ${each('--unit')}`),
  program('journal-kernel.txt', 'journalctl --no-pager --dmesg --lines 500 --output short-iso'),
  program('units.txt', `systemctl --no-pager show --property ${UNIT_FACTS} ${UNITS.join(' ')}`),
  program('units-failed.txt', 'systemctl --no-pager --failed'),
  program('unit-security.txt', 'systemd-analyze --no-pager security'),
  program('boot.txt', 'systemd-analyze --no-pager time'),
  program('time.txt', 'timedatectl --no-pager status'),
  program('sockets.txt', 'ss --all --numeric --tcp --udp --processes --extended'),
  program('socket-summary.txt', 'ss --summary'),
  program('addresses.txt', 'ip -statistics -details address'),
  program('routes.txt', 'ip route show table all'),
  program('firewall.txt', 'nft list ruleset'),
  program('disks.txt', 'df --human-readable --print-type'),
  program('processor.txt', 'lscpu'),
  program('kernel.txt', 'uname --all'),
  program('packages.txt', 'dpkg-query --show libuv1* libssl3* libstdc++6 nftables systemd'),
]

/** Files of the system that go along as they are. */
export const SYSTEM_FILES: Readonly<Record<string, string>> = {
  'memory.txt': '/proc/meminfo',
  'network-counters.txt': '/proc/net/snmp',
  'load.txt': '/proc/loadavg',
  'system.txt': '/etc/os-release',
}

/** Runs a program of this host, for twenty seconds at most. */
export const runProgram: RunProgram = (command, args) =>
  new Promise((resolve, reject) => {
    const options = {
      timeout: LIMIT_MS,
      maxBuffer: MAX_BYTES,
      env: { ...process.env, LC_ALL: 'C' },
    }
    execFile(command, args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`
      if (error === null || stdout.trim() !== '') resolve(output)
      else reject(new Error(output.trim() || error.message))
    })
  })

function program(file: string, line: string): Program {
  const [command = '', ...args] = line.split(' ')
  return { file, command, args }
}

function each(option: string): string {
  return UNITS.map((unit) => `${option} ${unit}`).join(' ')
}
