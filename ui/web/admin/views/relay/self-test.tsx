import { useState } from 'preact/hooks'
import type { SelfTestResult, TurnDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { formatCount, formatDuration } from '../../state/format.ts'
import type { TurnPage } from '../../state/turn-page.ts'
import {
  doorWord,
  formatRoundTrip,
  listeningDoors,
  relayVerdict,
} from '../../state/turn-wording.ts'
import { AdminOnly } from '../admin-only.tsx'
import { Prose } from '../prose.tsx'

/** Whether packets come through each door of the relay, and how fast. */
export function SelfTest({ turn, details }: Readonly<{ turn: TurnPage; details: TurnDetails }>) {
  const [fault, setFault] = useState('')
  const { selfTest } = details
  const isRunning = selfTest.running || turn.isTesting.value
  const run = async () => setFault((await turn.runSelfTest()) ?? '')
  return (
    <section class="card stack" aria-labelledby="self-test-title" data-testid="self-test">
      <div class="card-head">
        <h2 id="self-test-title">Self-test</h2>
        <AdminOnly>
          <button
            type="button"
            class="button"
            aria-disabled={isRunning}
            onClick={() => void (isRunning || run())}
          >
            <Icon name="refresh" size={16} /> {isRunning ? 'Testing …' : 'Run now'}
          </button>
        </AdminOnly>
      </div>
      <p role="status">
        {relayVerdict(selfTest).text}
        {selfTest.atMs !== undefined && (
          <span class="soft"> Tested {agoWords(details.atMs - selfTest.atMs)}.</span>
        )}
      </p>
      <p role="alert" class="fault">
        {fault}
      </p>
      {selfTest.results.length > 0 && (
        <ul class="checks">
          {selfTest.results.map((result, index, all) => (
            <Door
              key={result.transport}
              result={result}
              url={urlOf(details, result)}
              like={all.slice(0, index).find(({ problem }) => problem === result.problem)}
            />
          ))}
        </ul>
      )}
      <p class="soft small">
        The server relays packets to itself, at its start and each hour. It cannot see a firewall in
        front of it; the test from your browser does. {listeningWords(details)}
      </p>
    </section>
  )
}

type DoorProps = Readonly<{
  result: SelfTestResult
  url: string | undefined
  /** A door above that has the same problem. */
  like: SelfTestResult | undefined
}>

const TONES = { ok: 'Works', warn: 'Warning', bad: 'Fails' } as const

function Door({ result, url, like }: DoorProps) {
  const { transport, ok, rttMs, problem, fix } = result
  const works = problem === undefined ? 'ok' : 'warn'
  const tone = ok ? works : 'bad'
  return (
    <li data-testid={`door-${transport}`}>
      <span class={`badge ${tone}`}>
        <Icon name={tone === 'ok' ? 'check' : 'alert'} size={13} />
        {TONES[tone]}
      </span>
      <div>
        <strong>{doorWord(transport)}</strong>{' '}
        {rttMs !== undefined && (
          <span class="figures">{formatRoundTrip(rttMs)} there and back</span>
        )}
        {url !== undefined && <code class="soft small door-url">{url}</code>}
        {problem !== undefined &&
          (like ? (
            <p>The same as {doorWord(like.transport)}.</p>
          ) : (
            <Trouble {...{ problem, fix }} />
          ))}
      </div>
    </li>
  )
}

function Trouble({ problem, fix }: Readonly<{ problem: string; fix: string | undefined }>) {
  return (
    <>
      <p>
        <Prose text={problem} />
      </p>
      {fix !== undefined && (
        <p class="soft">
          <Prose text={fix} />
        </p>
      )}
    </>
  )
}

function urlOf({ urls }: TurnDetails, { transport }: SelfTestResult): string | undefined {
  return urls.turn.find((door) => door.transport === transport)?.url
}

function listeningWords({ listening, workers }: TurnDetails): string {
  const started = workers.restarts > 0 ? `, started again ${timesWords(workers.restarts)}` : ''
  const served =
    workers.count > 0 ? ` ${formatCount(workers.count, 'worker serves', 'workers serve')}` : ''
  return `It listens on ${listeningDoors(listening)}.${served && `${served}${started}.`}`
}

function timesWords(times: number): string {
  return times === 1 ? 'once' : `${times} times`
}

function agoWords(milliseconds: number): string {
  return milliseconds < 10_000 ? 'just now' : `${formatDuration(milliseconds / 1000)} ago`
}
