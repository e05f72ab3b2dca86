import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { fullToken, startSfu } from '../../sfu/livekit/test/running-sfu.ts'
import { JOIN_REFUSAL, VIDEO_REFUSAL } from '../capacity/words.ts'
import {
  hearsTones,
  SHARED_TAB_TITLE,
  startSharingBrowser,
  startTalkingBrowser,
} from './call-browser.ts'
import { joinCall } from './call-people.ts'
import { MICROPHONE_TONES } from './tones.ts'

t.setTimeout(180_000)

const WEB_ROOT = join(import.meta.dirname, '../../dist/web')
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

/** The built call page, without the rest of the site. */
function page(path: string) {
  const file = path.startsWith('/call/') ? 'call.html' : path.slice(1)
  if (!/^(call\.html|assets\/[\w.-]+)$/.test(file)) return undefined
  return { type: TYPES[extname(file)] ?? 'text/plain', body: readFileSync(join(WEB_ROOT, file)) }
}

t.test('a server at its limit', { skip: needs('chromium', 'worker') }, async (t) => {
  /** What is refused at the moment. */
  const refused = { video: '', join: '' }
  const counts = { video: 0, join: 0, validate: 0 }
  const server = await startSfu({
    page,
    admit: ({ kind }) => {
      counts[kind] += 1
      return (kind === 'video' ? refused.video : refused.join) || undefined
    },
  })
  t.teardown(() => server.stop())
  const [anna, carol] = await Promise.all([startTalkingBrowser(), startSharingBrowser()])
  t.teardown(() => Promise.all([anna.close(), carol.close()]))
  const linkFor = async (identity: string) =>
    `${server.url.replace('ws', 'http')}/call/limits?token=${await fullToken(server.sfu, 'limits', identity)}`
  const annasPage = await joinCall(anna.context, await linkFor('anna'), 'Anna')
  const shared = await carol.context.newPage()
  await shared.setContent(`<title>${SHARED_TAB_TITLE}</title><h1>A screen</h1>`)
  const carolsPage = await joinCall(carol.context, await linkFor('carol'), 'Carol')
  await hearsTones(carolsPage, MICROPHONE_TONES)

  await t.test('refuses a screen with its reason, and the sound goes on', async (t) => {
    refused.video = VIDEO_REFUSAL
    const pressedAtMs = performance.now()
    await carolsPage.getByTestId('share').click()
    const notice = carolsPage.getByTestId('problem')
    await notice.filter({ hasText: VIDEO_REFUSAL }).waitFor()
    t.ok(performance.now() - pressedAtMs < 5_000, 'at once, not when the library gives up')
    t.equal(await notice.getAttribute('data-code'), 'screen-refused')
    await hearsTones(carolsPage, MICROPHONE_TONES)
    t.equal(await carolsPage.getByText('Everyone sees your screen').count(), 0)
    t.equal(await annasPage.getByTestId('stage').count(), 0)
    t.equal(counts.video, 1)
    await carolsPage.getByTestId('dismiss').click()
    await notice.waitFor({ state: 'detached' })
  })

  await t.test('refuses who wants to join with its reason, once', async (t) => {
    refused.join = JOIN_REFUSAL
    const davesPage = await anna.context.newPage()
    await davesPage.goto(await linkFor('dave'))
    await davesPage.getByTestId('join').click()
    const failed = davesPage.getByTestId('failed')
    await failed.filter({ hasText: JOIN_REFUSAL }).waitFor()
    t.equal(await failed.getAttribute('data-code'), 'server-limit')
    t.equal(counts.join, 3, 'two are inside, and the third did not try again and again')
    await hearsTones(carolsPage, MICROPHONE_TONES)
    refused.join = ''
    await davesPage.getByTestId('retry').click()
    await davesPage.getByTestId('in-call').waitFor()
    t.pass('later, the same page gets in')
    await davesPage.close()
  })

  await t.test('takes the screen when there is room again', async (t) => {
    refused.video = ''
    await carolsPage.getByTestId('share').click()
    await annasPage.getByTestId('stage').waitFor()
    t.equal(counts.video, 2)
  })
})
