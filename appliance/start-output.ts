import { styleText } from 'node:util'
import type { DenyProbeRow, SelfTestResult } from '#api'
import { type IceAddress, stunUrls, turnDoors, turnUrls } from './ice-urls.ts'
import type { MediaPort } from './media-ports.ts'
import { doorName } from './relay/door-names.ts'
import type { KernelFacts } from './telemetry/kernel.ts'
import { missingKernelSettings } from './telemetry/kernel.ts'
import type { AcmeStatus } from './tls/acme/keeper.ts'
import { type CertificateLife, expiryWarning, GET_CERTIFICATE } from './tls/certificate-words.ts'
import { tuneAdvice } from './tune/settings.ts'
import type { Warning } from './warning.ts'

/** What a start knows when it is ready; everything that is printed follows from it. */
export type StartFacts = Readonly<{
  version: string
  /** How long the start took. */
  readyAfterMs: number
  /** Where people open pages, e.g. `https://calls.example.org:8444`. */
  publicOrigin: string
  /** The same on this machine, e.g. `http://localhost:8080`: no certificate warning. */
  localOrigin: string
  /** The one-time link that sets the admin's password; `undefined` once it is set. */
  setupLink: string | undefined
  /** Joins a demo room, on this machine; each tab that opens it is another person. */
  demoLink: string
  ice: IceAddress
  turnSecret: string
  livekit: Readonly<{ url: string; key: string; secret: string }>
  /** What the relay self-test of the start found. */
  selfTest: readonly SelfTestResult[]
  warnings: readonly Warning[]
}>

/** The facts that warnings follow from. */
export type WarningFacts = Readonly<{
  /** What finding the public address and loading the secrets had to say. */
  found: readonly Warning[]
  kernel: KernelFacts
  /** `undefined` with TLS off. */
  certificate: CertificateLife | undefined
  /** How an order with an authority goes; `undefined` where none is asked. */
  acme: Pick<AcmeStatus, 'settings' | 'problem'> | undefined
  mediaPorts: readonly MediaPort[]
  selfTest: readonly SelfTestResult[]
  /** Addresses of our own deny list that the relay would reach all the same. */
  deniedReached: readonly DenyProbeRow[]
}>

/** Lists what an operator should know at a start, each with its fix. */
export function startWarnings(facts: WarningFacts): readonly Warning[] {
  return [
    ...facts.found,
    ...kernelWarnings(facts.kernel),
    ...certificateWarnings(facts),
    ...portWarnings(facts.mediaPorts),
    ...relayWarnings(facts),
  ]
}

/** The text that is pasted into Mattermost's "ICE Servers Configurations". */
export function mattermostIceServers(ice: IceAddress): string {
  return JSON.stringify([{ urls: stunUrls(ice) }, { urls: turnUrls(ice) }])
}

/** Writes what a terminal shows when the appliance is ready. */
export function startText(facts: StartFacts, options: Readonly<{ colour: boolean }>): string {
  const style = (format: 'bold' | 'green' | 'yellow' | 'dim', text: string) =>
    options.colour ? styleText(format, text, { validateStream: false }) : text
  const heading = (text: string) => `\n${style('bold', text)}`
  const seconds = (facts.readyAfterMs / 1000).toFixed(1)
  const lines = [
    style('green', `Callbox ${facts.version} is ready after ${seconds} s at ${facts.publicOrigin}`),
    style('dim', `On this machine also ${facts.localOrigin}`),
    ...(facts.setupLink === undefined
      ? [heading('Admin'), `  ${facts.publicOrigin}/admin`]
      : [heading('Set the admin password (the link works once)'), `  ${facts.setupLink}`]),
    heading('Try a call: open this in two tabs'),
    '  On this machine',
    `    ${facts.demoLink}`,
    '  From another machine',
    `    ${publicDemoLink(facts)}`,
    heading('Mattermost: System Console > Plugins > Calls'),
    '  ICE Servers Configurations',
    `    ${mattermostIceServers(facts.ice)}`,
    '  TURN Static Auth Secret',
    `    ${facts.turnSecret}`,
    heading('TURN server, for other chat servers too: settings on the admin page, TURN'),
    ...turnDoors(facts.ice).map(({ url }) => `  ${url}`),
    `  Self-test: ${describeSelfTest(facts.selfTest)}`,
    heading('LiveKit clients and servers'),
    `  URL     ${facts.livekit.url}`,
    `  Key     ${facts.livekit.key}`,
    `  Secret  ${facts.livekit.secret}`,
    ...warningLines(facts.warnings, heading, (text) => style('yellow', text)),
    '',
    style('dim', 'Ctrl-C tells everyone in a call and stops.'),
  ]
  return `${lines.join('\n')}\n`
}

/** One log line: its level, fields and message. */
export type StartLine = Readonly<{ level: 'info' | 'warn'; fields: object; message: string }>

/** The same facts as log lines, for a journal. */
function startLines(facts: StartFacts): readonly StartLine[] {
  const { version, publicOrigin, localOrigin, readyAfterMs } = facts
  const info = (fields: object, message: string): StartLine => ({ level: 'info', fields, message })
  return [
    info({ version, publicOrigin, localOrigin, readyAfterMs: Math.round(readyAfterMs) }, 'ready'),
    facts.setupLink === undefined
      ? info({ link: `${publicOrigin}/admin` }, 'admin')
      : info({ link: facts.setupLink }, 'set the admin password; the link works once'),
    info(
      { link: facts.demoLink, publicLink: publicDemoLink(facts) },
      'try a call: open this in two tabs; from another machine the publicLink',
    ),
    info(
      {
        iceServersConfigurations: mattermostIceServers(facts.ice),
        turnStaticAuthSecret: facts.turnSecret,
      },
      'for Mattermost: ICE Servers Configurations and TURN Static Auth Secret',
    ),
    info(
      {
        urls: turnDoors(facts.ice).map(({ url }) => url),
        selfTest: describeSelfTest(facts.selfTest),
      },
      'TURN server',
    ),
    info(facts.livekit, 'for LiveKit clients and servers: URL, key and secret'),
    ...facts.warnings.map(
      ({ message, fix }): StartLine => ({ level: 'warn', fields: { fix }, message }),
    ),
  ]
}

/**
 * Writes the facts of a start: as text to a terminal, else as JSON lines like those of the log. They
 * do not go through the log, which would take the secrets out that an operator needs here.
 */
export function announceStart(
  facts: StartFacts,
  stream: NodeJS.WritableStream & { isTTY?: boolean },
): void {
  if (stream.isTTY === true) {
    const colour = !process.env['NO_COLOR']
    stream.write(startText(facts, { colour }))
    return
  }
  const time = new Date().toISOString()
  for (const { level, fields, message } of startLines(facts)) {
    stream.write(`${JSON.stringify({ level, time, ...fields, msg: message })}\n`)
  }
}

/** The demo link under the public address. */
function publicDemoLink({ demoLink, publicOrigin }: StartFacts): string {
  const { pathname, search } = new URL(demoLink)
  return `${publicOrigin}${pathname}${search}`
}

function warningLines(
  warnings: readonly Warning[],
  heading: (text: string) => string,
  colour: (text: string) => string,
): string[] {
  if (warnings.length === 0) return []
  const each = warnings.flatMap(({ message, fix }) => [colour(`  ! ${message}`), `    ${fix}`])
  return [heading(warnings.length === 1 ? 'Warning' : 'Warnings'), ...each]
}

function kernelWarnings(kernel: KernelFacts): Warning[] {
  const settings = missingKernelSettings(kernel)
  if (settings.length === 0) return []
  return [
    {
      message:
        'The kernel limits socket buffers to less than 16 MiB: packets may be lost when many people talk.',
      fix: tuneAdvice(settings),
    },
  ]
}

function certificateWarnings({ certificate, acme }: WarningFacts): Warning[] {
  if (certificate === undefined) return []
  const expiry = expiryWarning(certificate, Date.now())
  const order = acme?.problem ? [acme.problem] : []
  if (expiry !== undefined) return [{ message: expiry.message, fix: expiry.fix }, ...order]
  if (certificate.source !== 'self-signed') return order
  if (acme !== undefined) return order.length > 0 ? order : [onOrder(acme.settings.domain)]
  return [
    {
      message: 'The certificate is self-signed: browsers warn, and apps may refuse it.',
      fix: `${GET_CERTIFICATE.slice(0, -1)}, or to \`off\` behind a reverse proxy.`,
    },
  ]
}

function onOrder(domain: string): Warning {
  return {
    message: `The certificate for ${domain} is on order; until it is there, a self-signed one is shown.`,
    fix: 'The admin page says under Certificate how far it is.',
  }
}

function describeSelfTest(results: readonly SelfTestResult[]): string {
  const each = results.map(({ transport, ok, rttMs }) =>
    ok && rttMs !== undefined
      ? `${doorName(transport)} ${rttMs.toFixed(1)} ms`
      : `${doorName(transport)} failed`,
  )
  return each.join(', ')
}

/** What concerns the certificate is said once, with the certificate. */
function relayWarnings({ selfTest, deniedReached }: WarningFacts): Warning[] {
  const failed = selfTest.flatMap(({ ok, problem = '', fix = '' }) =>
    ok || problem.startsWith('The certificate') ? [] : [{ message: problem, fix }],
  )
  if (deniedReached.length === 0) return failed
  const reached = deniedReached.map(({ address }) => address).join(', ')
  const message = `Relays reach addresses that nobody outside should: ${reached}.`
  const fix = 'Take them out of turn.allowed_peers, unless a media server of yours is there.'
  return [...failed, { message, fix }]
}

function portWarnings([first, ...further]: readonly MediaPort[]): Warning[] {
  if (first === undefined || further.length === 0) return []
  const ports = further.map(({ udp }) => udp).join(', ')
  return [
    {
      message: `Media uses ${further.length === 1 ? 'port' : 'ports'} ${ports} (UDP and TCP) besides ${first.udp}, one for each further media worker.`,
      fix: 'Open them in the firewall too, or set rtc.workers to 1.',
    },
  ]
}
