import { Parser, type Result } from 'tap-parser'

/** What one test file said: leaf assertions by outcome, and everything that failed. */
export type Tally = {
  passed: number
  failed: number
  skipped: number
  readonly failures: Failure[]
}

/** `diagnostic` is what the test library says about it: values, place, stack. */
export type Failure = Readonly<{ name: string; diagnostic: unknown }>

/** Counts a TAP stream as it comes: write the bytes, `end()`, then await `tally`. */
export function createTapCounter(): Readonly<{ parser: Parser; tally: Promise<Tally> }> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] }
  const parser = new Parser()
  countInto(parser, tally)
  const complete = new Promise<Tally>((resolve) => {
    parser.once('complete', (results) => {
      // A plan that was not kept, or no plan at all, is in no assertion: it is the parser that says so.
      if (!results.ok && tally.failed === 0) fail(tally, planComplaint(results), undefined)
      if (tally.passed + tally.failed + tally.skipped === 0) fail(tally, 'no test ran', undefined)
      resolve(tally)
    })
  })
  return { parser, tally: complete }
}

function countInto(parser: Parser, tally: Tally): void {
  let failedBefore = 0
  parser.on('child', (child: Parser) => {
    failedBefore = tally.failed
    countInto(child, tally)
  })
  parser.on('bailout', (reason: string) => {
    if (parser.level === 0) fail(tally, `bailed out: ${reason}`, undefined)
  })
  parser.on('assert', (result: Result) => {
    if (result.closingTestPoint) countClosing(result, tally, failedBefore)
    else countLeaf(result, tally)
  })
}

/** A subtest's closing line repeats its leaves, unless it failed by itself: timeout, plan, nothing run. */
function countClosing(result: Result, tally: Tally, failedBefore: number): void {
  if (result.ok || result.todo || result.skip) return
  if (tally.failed === failedBefore) fail(tally, result.fullname, result.diag)
}

function countLeaf(result: Result, tally: Tally): void {
  if (result.skip || result.todo) tally.skipped++
  else if (result.ok) tally.passed++
  else fail(tally, result.fullname, result.diag)
}

function fail(tally: Tally, name: string, diagnostic: unknown): void {
  tally.failed++
  tally.failures.push({ name: name.trim(), diagnostic })
}

function planComplaint(results: {
  plan: { start: number | null; end: number | null } | null
  count: number
}): string {
  const { plan, count } = results
  if (plan?.end == null) return `no plan: the file ended after ${count} tests`
  return `plan was ${plan.start ?? 1}..${plan.end}, tests were ${count}`
}
