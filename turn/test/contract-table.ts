import { AssertionError } from 'node:assert'
import type { RunningServer } from './contract-steps.ts'
import { contractPoints, tryPoint } from './engine-contract.ts'

/** A column of the table: a server and the names of the promises it breaks, with what it did instead. */
export type Column = Readonly<{ title: string; broken: ReadonlyMap<string, string> }>

/** Tries the whole contract on a server and ends it. */
export async function tryContract(title: string, server: RunningServer): Promise<Column> {
  const broken = new Map<string, string>()
  for (const point of contractPoints) {
    const fault = await tryPoint(point, server)
    if (fault) broken.set(point.name, whatInstead(fault))
  }
  await server.close()
  return { title, broken }
}

/** The page docs/TURN-CONTRACT.md. */
export function contractPage(columns: readonly Column[]): string {
  const rows = contractPoints.map(({ name }) => [
    name,
    ...columns.map(({ broken }) => broken.get(name) ?? 'yes'),
  ])
  const kept = columns.map(({ broken }) => `${contractPoints.length - broken.size}`)
  return [
    '# What a TURN server has to do, and which do',
    '',
    'One script, over UDP on loopback, against each server. "yes": it does; otherwise what it did instead. coturn runs as',
    'an operator would run it here: long-term credentials, peers on loopback allowed, cloud metadata denied; node-turn is',
    'the baseline of `docs/adr/0001`. Written by `WRITE_DOCS=1 node turn/test/coturn.interop.test.ts`; the test fails when',
    'this page is not what it finds.',
    '',
    ...table(
      ['the server', ...columns.map(({ title }) => title)],
      [...rows, [`kept of ${contractPoints.length}`, ...kept]],
    ),
    '',
  ].join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((_, i) =>
    Math.max(...[head, ...rows].map((row) => [...(row[i] ?? '')].length)),
  )
  const line = (cells: readonly string[], fill = ' '): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0, fill)).join(' | ')} |`
  return [
    line(head),
    line(
      head.map(() => ''),
      '-',
    ),
    ...rows.map((row) => line(row)),
  ]
}

/** In few words and without what changes from run to run. */
function whatInstead(fault: Error): string {
  if ('code' in fault && fault.code === 'EADDRINUSE') return 'keeps the port'
  if (!(fault instanceof AssertionError)) return fault.message.replace('no relayed address: ', '')
  const { actual, expected, generatedMessage, message } = fault
  if (!generatedMessage) return message.split('\n', 1)[0] ?? message
  const isCode = (value: unknown): boolean => typeof value === 'number' || value === undefined
  if (!isCode(actual) || !isCode(expected)) return 'another answer'
  return `${actual ?? 'success'}, not ${expected ?? 'success'}`
}
