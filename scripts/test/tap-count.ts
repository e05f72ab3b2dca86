import { type FinalResults, Parser, type Result } from 'tap-parser'

/** What one test file said: leaf assertions by outcome, and everything that failed. */
export type Tally = {
  passed: number
  failed: number
  skipped: number
  readonly failures: Failure[]
}

/** `diagnostic` is what the test library says about it: values, place, stack. */
export type Failure = Readonly<{ name: string; diagnostic: unknown }>

/** What a whole stream came to; `complaint` is what is wrong with it beyond its assertions. */
export type TapCount = Readonly<{ tally: Tally; complaint: string | undefined }>

/** Counts a TAP stream as it comes: write the bytes, `end()`, then await `count`. */
export function createTapCounter(): Readonly<{ parser: Parser; count: Promise<TapCount> }> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] }
  const parser = new Parser()
  countInto(parser, tally)
  const count = new Promise<TapCount>((resolve) => {
    parser.once('complete', (results) => resolve({ tally, complaint: complaintOf(results, tally) }))
  })
  return { parser, count }
}

function countInto(parser: Parser, tally: Tally): void {
  let failedBefore = 0
  parser.on('child', (child: Parser) => {
    failedBefore = tally.failed
    countInto(child, tally)
  })
  parser.on('bailout', (reason: string) => {
    if (parser.level === 0) addFailure(tally, `bailed out: ${reason}`)
  })
  parser.on('assert', (result: Result) => {
    if (result.closingTestPoint) countClosing(result, tally, failedBefore)
    else countLeaf(result, tally)
  })
}

/** A subtest's closing line repeats its leaves, unless it failed by itself: timeout, plan, nothing run. */
function countClosing(result: Result, tally: Tally, failedBefore: number): void {
  if (result.ok || result.todo || result.skip) return
  if (tally.failed === failedBefore) addFailure(tally, result.fullname, result.diag)
}

function countLeaf(result: Result, tally: Tally): void {
  if (result.skip || result.todo) tally.skipped++
  else if (result.ok) tally.passed++
  else addFailure(tally, result.fullname, result.diag)
}

/** Counts one more failure and keeps its name. */
export function addFailure(tally: Tally, name: string, diagnostic?: unknown): void {
  tally.failed++
  tally.failures.push({ name: name.trim(), diagnostic })
}

/** A plan that was not kept, or no test at all, is in no assertion. */
function complaintOf({ ok, plan, count }: FinalResults, tally: Tally): string | undefined {
  if (tally.passed + tally.failed + tally.skipped === 0) return 'no test ran'
  if (ok || tally.failed > 0) return undefined
  if (plan?.end == null) return `no plan: the file ended after ${count} tests`
  return `plan was ${plan.start ?? 1}..${plan.end}, tests were ${count}`
}
