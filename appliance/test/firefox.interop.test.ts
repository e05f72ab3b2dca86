import t, { type Test } from 'tap'
import { Firefox, type FirefoxPage } from '../../scripts/test/firefox.ts'
import { testInOwnNetwork } from '../../scripts/test/own-network.ts'
import { needs } from '../../scripts/test-needs.ts'
import {
  hearsTones,
  SHARED_TAB_TITLE,
  startSharingBrowser,
  startTalkingBrowser,
} from './call-browser.ts'
import { joinCall, tileOf } from './call-people.ts'
import { startAppliance } from './running-appliance.ts'

t.setTimeout(180_000)

/** What Firefox plays as its microphone, in hertz. */
const FIREFOX_TONE = 1000

await testInOwnNetwork(import.meta.filename, {
  name: 'Firefox and Chromium meet on the call page',
  skip: needs('chromium', 'firefox', 'worker'),
  run: meet,
})

async function meet(t: Test, address: string): Promise<void> {
  const appliance = await startAppliance(`public_address: ${address}\n`)
  t.teardown(() => appliance.stop())
  const chromium = await startTalkingBrowser()
  t.teardown(() => chromium.close())
  const firefox = await Firefox.start()
  t.teardown(() => firefox.close())

  const anna = await joinCall(chromium.context, appliance.demoLink, 'Anna')
  const fox = await firefox.openPage(appliance.demoLink)
  await joinInFirefox(fox, 'Fox')
  await tileOf(anna, 'Fox').waitFor()
  await hearsTones(anna, [FIREFOX_TONE])
  t.pass('Chromium hears Firefox')
  // Without a sound card Firefox plays nothing: what can be seen is that what arrives is loud.
  await fox.until('callbox.session.stats().then((all) => all.subscriber.some(isLoud))')
  t.pass('Firefox hears Chromium')

  const carol = await startSharingBrowser()
  t.teardown(() => carol.close())
  const screen = await carol.context.newPage()
  await screen.setContent(`<title>${SHARED_TAB_TITLE}</title><h1>Small print</h1>`)
  const sharer = await joinCall(carol.context, appliance.demoLink, 'Carol')
  await sharer.getByTestId('share').click()
  await fox.until(`document.querySelector('[data-testid=stage] video')?.videoWidth === 1280`)
  t.pass('Firefox sees a shared screen, every pixel of it')

  await fox.evaluate(`document.querySelector('[data-testid=leave]').click()`)
  await tileOf(anna, 'Fox').waitFor({ state: 'detached' })
  t.pass('who leaves in Firefox is gone')
}

async function joinInFirefox(page: FirefoxPage, name: string): Promise<void> {
  await page.until(`document.querySelector('[data-testid=join]') !== null`)
  await page.evaluate(`(() => {
    globalThis.isLoud = ({ totalAudioEnergy }) => totalAudioEnergy > 0.1
    const field = document.querySelector('[data-testid=name]')
    field.value = ${JSON.stringify(name)}
    field.dispatchEvent(new Event('input', { bubbles: true }))
    document.querySelector('[data-testid=join]').click()
  })()`)
  await page.until(`document.querySelector('[data-testid=in-call]') !== null`)
}
