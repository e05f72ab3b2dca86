import t from 'tap'
import { browserName } from './browser-name.ts'

t.test('browsers are called what people call them', async (t) => {
  const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0'
  const names = {
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36 Edg/140.0`]:
      'Edge on Windows',
    [`Mozilla/5.0 (Linux; Android 15; Pixel 9) ${chrome} Mobile Safari/537.36`]:
      'Chrome on Android',
    [`Mozilla/5.0 (X11; Linux x86_64) ${chrome.replace('Chrome', 'HeadlessChrome')} Safari/537.36`]:
      'Chrome on Linux',
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0': 'Firefox on Linux',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1':
      'Safari on iOS',
    'curl/8.5.0': 'curl/8.5.0',
    '': '',
    'x\u0000y\u001b[31m': 'xy[31m',
  }
  for (const [header, name] of Object.entries(names)) t.equal(browserName(header), name)
  t.equal(browserName('x'.repeat(5000)).length, 60)
})
