import { Counter, Gauge, Registry } from 'prom-client'

/** One value, and what tells it from the others of its metric. */
export type Row = readonly [labels: Readonly<Record<string, string>>, value: number]

/** What a metric is called (without our prefix), and what it tells. */
export type Metric = Readonly<{
  name: string
  help: string
  labels?: readonly string[]
  kind?: 'gauge' | 'counter'
}>

/** Adds a metric; `rows` is asked at each scrape, so that nothing is counted twice. */
export type Add = (metric: Metric, rows: () => readonly Row[]) => void

const PREFIX = 'callbox_'

/** Creates an empty registry, and the way to fill it. */
export function createRegistry(): Readonly<{ registry: Registry; add: Add }> {
  const registry = new Registry()
  return { registry, add: (metric, rows) => register(registry, metric, rows) }
}

function register(
  registry: Registry,
  { name, help, labels = [], kind = 'gauge' }: Metric,
  rows: () => readonly Row[],
): void {
  const options = { name: PREFIX + name, help, labelNames: [...labels], registers: [registry] }
  if (kind === 'gauge') {
    const gauge: Gauge = new Gauge({
      ...options,
      collect() {
        gauge.reset()
        const present = rows()
        // What is left of one without labels is a 0, which would be a measure.
        if (labels.length === 0 && present.length === 0) gauge.remove()
        for (const [labels, value] of present) gauge.set(labels, value)
      },
    })
    return
  }
  const counter: Counter = new Counter({
    ...options,
    collect() {
      counter.reset()
      for (const [labels, value] of rows()) counter.inc(labels, value)
    },
  })
}

/** The row of a metric without labels; none where there is no value. */
export function alone(value: number | undefined): readonly Row[] {
  return value === undefined ? [] : [[{}, value]]
}

/** 1 for what is so, 0 for all else that could be. */
export function oneOf<Name extends string>(
  label: string,
  all: readonly Name[],
  present: Name,
): readonly Row[] {
  return all.map((name) => [{ [label]: name }, name === present ? 1 : 0])
}
