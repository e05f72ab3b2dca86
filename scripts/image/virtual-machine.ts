import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { guestMac, tap } from './network.ts'

/** How a virtual machine is made. `disk` is a qcow2 file that it may write to. */
export type MachineOptions = Readonly<{
  disk: string
  /** A CD with cloud-init's data. */
  seed?: string
  firmware: 'bios' | 'secure-boot'
  /** Disk and network card: paravirtual ones, or those that the OVA asks VMware for. */
  hardware?: 'virtio' | 'vmware'
  /** Where its firmware keeps its variables. */
  folder: string
}>

/** A virtual machine that runs. */
export interface VirtualMachine {
  /** Resolves once the serial console has shown the text; rejects when the machine ends before. */
  untilConsole(text: string | RegExp): Promise<void>
  /** What the serial console has shown. */
  consoleText(): string
  isOff(): boolean
  /** Pulls the plug. */
  cutPower(): Promise<void>
  /** Resolves when the machine has turned itself off. */
  untilOff(): Promise<void>
}

const OVMF = '/usr/share/OVMF'

/**
 * Starts QEMU without KVM, on this machine's wire: slow, and the same everywhere. A guest that restarts goes on in
 * the same process.
 */
export function startMachine(options: MachineOptions): VirtualMachine {
  const { seed, firmware, folder } = options
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max', '-smp', '2', '-m', '2048'],
      ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
      ...firmwareArguments(firmware, folder),
      ...hardwareArguments(options),
      ...(seed === undefined ? [] : ['-drive', `file=${seed},if=virtio,format=raw,readonly=on`]),
      ...['-netdev', `tap,id=n0,ifname=${tap},script=no,downscript=no`],
      ...['-device', 'virtio-rng-pci'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  return watch(child)
}

function hardwareArguments({ disk, hardware = 'virtio' }: MachineOptions): readonly string[] {
  const vmware = hardware === 'vmware'
  const card = vmware ? 'vmxnet3' : 'virtio-net-pci'
  return [
    '-drive',
    `file=${disk},if=none,id=d0,format=qcow2,cache=writeback,discard=unmap`,
    // The machine's own SATA controller is the bus `ide.0`.
    ...['-device', vmware ? 'ide-hd,drive=d0,bus=ide.0' : 'virtio-blk-pci,drive=d0'],
    ...['-device', `${card},netdev=n0,mac=${guestMac}`],
  ]
}

function firmwareArguments(
  firmware: MachineOptions['firmware'],
  folder: string,
): readonly string[] {
  if (firmware === 'bios') return ['-machine', 'q35']
  const variables = join(folder, 'firmware-variables.fd')
  cpSync(`${OVMF}/OVMF_VARS_4M.ms.fd`, variables)
  const flash = (unit: number, file: string, more: string) => [
    '-drive',
    `if=pflash,unit=${unit},format=raw,file=${file}${more}`,
  ]
  return [
    ...['-machine', 'q35,smm=on', '-global', 'driver=cfi.pflash01,property=secure,value=on'],
    ...flash(0, `${OVMF}/OVMF_CODE_4M.secboot.fd`, ',readonly=on'),
    ...flash(1, variables, ''),
  ]
}

function watch(child: ChildProcess): VirtualMachine {
  let shown = ''
  let errors = ''
  const listeners = new Set<() => void>()
  const tell = () => {
    for (const listener of [...listeners]) listener()
  }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    tell()
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const off = once(child, 'close').then(tell)
  const ended = () => child.exitCode !== null || child.signalCode !== null
  return {
    consoleText: () => shown,
    untilOff: () => off,
    isOff: ended,
    untilConsole(text) {
      const found = () => (typeof text === 'string' ? shown.includes(text) : text.test(shown))
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const look = () => {
        if (!found() && !ended()) return
        listeners.delete(look)
        if (found()) resolve()
        else reject(new Error(`the machine is off: ${errors}\n${shown.slice(-2000)}`))
      }
      listeners.add(look)
      look()
      return promise
    },
    async cutPower() {
      child.kill('SIGKILL')
      await off
    },
  }
}

/** Makes a disk that holds what changes beside an image (qcow2, or vmdk by its name) that stays as it is. */
export function layDiskOver(image: string, disk: string): void {
  const format = image.endsWith('.vmdk') ? 'vmdk' : 'qcow2'
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', format, disk])
}
