import type { DenyProbeRow, TurnSelfTest } from '#api'
import { wasGranted } from '../../health/deny-probe.ts'
import type { Add, Row } from './registry.ts'

/** Adds how the relay's self-test and the probe of our own deny list went. */
export function addSelfTest(
  add: Add,
  selfTest: () => TurnSelfTest,
  probe: () => readonly DenyProbeRow[],
): void {
  add(
    {
      name: 'relay_self_test_ok',
      help: '1 where the last self-test went through that door and back',
      labels: ['door'],
    },
    () => selfTest().results.map(({ transport, ok }) => [{ door: transport }, ok ? 1 : 0]),
  )
  add(
    {
      name: 'relay_self_test_rtt_seconds',
      help: 'Round trip of the last self-test',
      labels: ['door'],
    },
    () =>
      selfTest().results.flatMap(({ transport, rttMs }): Row[] =>
        rttMs === undefined ? [] : [[{ door: transport }, rttMs / 1000]],
      ),
  )
  add({ name: 'relay_self_test_timestamp_seconds', help: 'When the last self-test ended' }, () => {
    const { atMs } = selfTest()
    return atMs === undefined ? [] : [[{}, atMs / 1000]]
  })
  add(
    {
      name: 'relay_deny_probes',
      help: 'Addresses of our own deny list that the last probe asked for',
      labels: ['outcome'],
    },
    () => {
      const rows = probe()
      const refused = rows.filter((row) => row.refused).length
      const granted = rows.filter(wasGranted).length
      return [
        [{ outcome: 'refused' }, refused],
        [{ outcome: 'granted' }, granted],
        [{ outcome: 'unasked' }, rows.length - refused - granted],
      ]
    },
  )
}
