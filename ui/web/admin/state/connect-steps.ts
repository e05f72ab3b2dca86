import type { ConnectTest } from '#api'

/** What a chat server uses of us, and so which tests are about it. */
export type Use = 'turn' | 'turn-rest' | 'livekit' | 'page'

/** Tests of what everything stands on. */
const GROUND = ['dns', 'certificate', 'clock']

/** The tests that matter to who uses these, in their order. */
export function testsFor(
  uses: readonly Use[],
  tests: readonly ConnectTest[],
): readonly ConnectTest[] {
  return tests.filter(({ id }) => GROUND.includes(id) || uses.some((use) => isAbout(id, use)))
}

function isAbout(id: string, use: Use): boolean {
  if (use === 'page') return id === 'call-page' || id === 'livekit-join' || isDoor(id)
  if (use === 'livekit') return id.startsWith('livekit-') || isDoor(id)
  return isDoor(id) || (use === 'turn-rest' && id === 'turn-rest')
}

function isDoor(id: string): boolean {
  return id.startsWith('turn-') && id !== 'turn-rest'
}

/** The verdict on tests in one sentence; `ok` when nothing failed. */
export function testVerdict(
  tests: readonly ConnectTest[],
): Readonly<{ ok: boolean; text: string }> {
  const failed = tests.filter(({ state }) => state === 'failed').length
  const warned = tests.filter(({ state }) => state === 'warning').length
  if (failed > 0) return { ok: false, text: `${failed} of ${tests.length} tests fail.` }
  if (warned === 0) return { ok: true, text: 'Everything that could be tried works.' }
  const what = warned === 1 ? 'is one warning' : `are ${warned} warnings`
  return { ok: true, text: `Nothing fails; there ${what}.` }
}
