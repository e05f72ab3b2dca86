import { isIP } from 'node:net'
import { checkClock } from '../health/machine-checks.ts'
import { expiryWarning, GET_CERTIFICATE } from '../tls/certificate-words.ts'
import { fails, type Outcome, type Trial, works } from './connect-test.ts'
import { ask, NoAnswer } from './strict-request.ts'
import { judged, type Surroundings, unanswered } from './surroundings.ts'

/** What every way to connect stands on: name, certificate, pages, clock. */
export function placeTrials(about: Surroundings): readonly Trial[] {
  return [
    { id: 'dns', title: 'The name leads to this server', run: () => resolve(about) },
    {
      id: 'certificate',
      title: 'A strict client believes the certificate',
      run: () => believe(about),
    },
    { id: 'call-page', title: 'The call page is there', run: () => openPage(about) },
    { id: 'clock', title: 'The clock is right', run: () => tellTime(about) },
  ]
}

async function resolve(about: Surroundings): Promise<Outcome> {
  const { host, ip, ipv6 } = about
  if (isIP(host) !== 0) {
    return works(`The announced address is an IP, ${host}: there is no name to resolve.`)
  }
  const found = await about.lookup(host).catch(() => [])
  const list = found.join(', ')
  if (found.length === 0) {
    const fix = `Make an address record for ${host} that has ${ip}, or correct public_address.`
    return fails(`${host} does not resolve.`, fix)
  }
  if (found.some((each) => each === '::1' || each.startsWith('127.')) && !ip.startsWith('127.')) {
    const fix = `Take the line of ${host} out of /etc/hosts of this machine.`
    return fails(`${host} resolves to ${list}: to this machine alone.`, fix)
  }
  const stale = found.filter((each) => each !== ip && each !== ipv6)
  if (stale.length < found.length) return works(`${host} resolves to ${list}.`)
  return fails(
    `${host} resolves to ${list}; this server announces ${ip}, which it was at the start.`,
    `Restart the appliance if the new address is right, else mend the address record of ${host}.`,
  )
}

async function believe(about: Surroundings): Promise<Outcome> {
  try {
    const { distrust } = await ask(about.certificate(), `${about.publicOrigin}/healthz`, {})
    if (distrust !== undefined) return fails(distrust, GET_CERTIFICATE)
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return unanswered(about, error)
  }
  const life = about.certificateLife()
  const expiry = life && expiryWarning(life, about.nowMs())
  if (expiry) return { state: 'warning', detail: expiry.message, fix: expiry.fix }
  return works(`${about.host} shows a certificate that this machine’s authorities vouch for.`)
}

async function openPage(about: Surroundings): Promise<Outcome> {
  const url = `${about.publicOrigin}/call/callbox-test`
  return judged(about, ask(about.certificate(), url, {}), ({ status, text }) => {
    if (status === 200 && text.includes('/assets/call.js')) {
      return works('It opens at the announced address.')
    }
    if (status === 503) return fails('The pages are not built.', 'Run `npm run build:web`.')
    const fix = 'Another server answers there, or a proxy in front does not pass /call on.'
    return fails(`The answer was ${status}, and not the call page.`, fix)
  })
}

async function tellTime({ nowMs }: Surroundings): Promise<Outcome> {
  const { verdict, fact, fix = '' } = await checkClock(nowMs())
  const state = { ok: 'ok', warning: 'warning', problem: 'failed', unknown: 'untried' } as const
  const meaning = 'Tokens and TURN credentials end by it.'
  return { state: state[verdict], detail: `${fact}. ${meaning}`, fix }
}
