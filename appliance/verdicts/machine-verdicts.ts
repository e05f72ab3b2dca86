import ipaddr from 'ipaddr.js'
import type { Status, Verdict } from '#api'
import { OWN_COMMAND } from '../own-command.ts'
import { missingKernelSettings } from '../telemetry/kernel.ts'

/** Says what the kernel should be set to. */
export function kernelVerdicts({ kernel }: Pick<Status, 'kernel'>): readonly Verdict[] {
  const missing = missingKernelSettings(kernel)
  if (missing.length === 0) return []
  return [
    {
      id: 'kernel-buffers',
      level: 'warn',
      text: 'The kernel’s buffers for packets are small: busy calls can lose sound.',
      fix: `Enlarge them (${missing.join(', ')}).`,
      command: `sudo ${OWN_COMMAND} tune --apply`,
      section: 'kernel',
    },
  ]
}

const SET_IT =
  'Set public_address to the IP or the host name under which people reach this machine.'

/** Says where the announced address was guessed and leads nowhere for others. */
export function addressVerdicts({ address }: Pick<Status, 'address'>): readonly Verdict[] {
  const { how, ip } = address
  if (how === 'loopback') {
    return [
      {
        id: 'address',
        level: 'warn',
        text: 'No public address is known: only browsers on this machine can call.',
        fix: SET_IT,
        section: 'dashboard',
      },
    ]
  }
  if (how !== 'interface' || !ipaddr.isValid(ip) || ipaddr.process(ip).range() === 'unicast') {
    return []
  }
  return [
    {
      id: 'address',
      level: 'note',
      text: `No public address is known: ${ip} is announced, which only its own network reaches.`,
      fix: `If people call from elsewhere: ${SET_IT}`,
      section: 'dashboard',
    },
  ]
}
