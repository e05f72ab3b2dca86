import t from 'tap'
import { loadConfig } from '../config/load.ts'
import { coreMask, tuningNotes } from './notes.ts'
import { kernelSettings } from './settings.ts'
import { createFakeMachine } from './test/fake-machine.ts'

const { config } = await loadConfig({ env: {}, defaultFile: '/nonexistent' })
const settings = kernelSettings(config)
const queues = '/sys/class/net/eth0/queues'

t.test('says nothing of a machine with enough of everything', async (t) => {
  const { machine, write, remove } = await createFakeMachine()
  t.teardown(remove)
  await write('/proc/self/limits', 'Max open files            1024      524288     files\n')
  t.same(await tuningNotes(machine, settings, 4), [])
})

t.test('tells of a card whose packets all go to one core, with its interrupt', async (t) => {
  const { machine, write, link, remove } = await createFakeMachine()
  t.teardown(remove)
  await write(`${queues}/rx-0/rps_cpus`, '0\n')
  await write(`${queues}/tx-0/xps_cpus`, '0\n')
  await write('/sys/class/net/lo/queues/rx-0/rps_cpus', '0\n')
  await link('../../../devices/virtio1', '/sys/class/net/eth0/device')
  await write('/proc/interrupts', ' 24: 1 0 PCI virtio1-config\n 25: 9 0 PCI virtio1-input.0\n')
  t.match(await tuningNotes(machine, settings, 4), [
    {
      message: /eth0 has one receive queue.*\(interrupt 25\)/,
      fix: /queues=4.*echo f > .*rps_cpus/,
    },
  ])
  t.same(await tuningNotes(machine, settings, 1), [], 'one core cannot share with another')
  await write(`${queues}/rx-0/rps_cpus`, 'f\n')
  t.same(await tuningNotes(machine, settings, 4), [], 'spread already')
  await write(`${queues}/rx-0/rps_cpus`, '0\n')
  await write(`${queues}/rx-1/rps_cpus`, '0\n')
  t.same(await tuningNotes(machine, settings, 4), [], 'a card with several queues')
})

t.test('writes sets of cores as the kernel reads them', async (t) => {
  t.equal(coreMask(2), '3')
  t.equal(coreMask(32), 'ffffffff')
  t.equal(coreMask(40), 'ff,ffffffff')
})

t.test('tells of few open files, and how to spare the firewall its table', async (t) => {
  const { machine, write, kernel, remove } = await createFakeMachine()
  t.teardown(remove)
  await write('/proc/self/limits', 'Max open files            1024      4096       files\n')
  await kernel('net.netfilter.nf_conntrack_count', '17')
  await kernel('net.netfilter.nf_conntrack_max', '65536')
  t.match(await tuningNotes(machine, settings, 1), [
    { message: /may open 4096 files/, fix: /LimitNOFILE=65536/ },
    { message: /17 of 65536/, fix: /udp dport { .*49152-65535 } notrack/ },
  ])
})
