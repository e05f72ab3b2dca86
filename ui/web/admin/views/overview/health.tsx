import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import type { CallMember, Health as HealthFacts, Verdict } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { formatCount, formatTime } from '../../state/format.ts'
import type { Connection, LiveFeed } from '../../state/live-feed.ts'
import { type Route, SECTIONS } from '../../state/route.ts'
import { levelWord } from '../../state/wording.ts'
import { CopyButton } from '../copy-button.tsx'
import { Prose } from '../prose.tsx'
import { SectionLink } from '../section-link.tsx'

/** The line on top: whether all is well, and if not, what to do. */
export function Health({ feed, route }: Readonly<{ feed: LiveFeed; route: Route }>) {
  const health = feed.status.value?.health
  const connection = feed.connection.value
  const isStale = connection.state === 'stale'
  // The worst stands in the headline already, where that names it.
  const [worst, ...others] = health?.verdicts ?? []
  const isTold = !isStale && worst !== undefined && health?.text.startsWith(worst.text) === true
  const listed = isTold ? others : (health?.verdicts ?? [])
  return (
    <section class="health" aria-label="Health">
      <div role="status">
        {isStale ? (
          <div class="notice warn" data-testid="stale">
            <Icon name="alert" />
            <p>{staleWords(connection)}</p>
          </div>
        ) : (
          health && (
            <Headline health={health}>
              {isTold && <WhatToDo verdict={worst} route={route} />}
            </Headline>
          )
        )}
      </div>
      {isStale && <RetryLine connection={connection} feed={feed} />}
      {listed.length > 0 && (
        <ul class="card verdicts">
          {listed.map((verdict) => (
            <VerdictLine key={verdict.id} verdict={verdict} route={route} />
          ))}
        </ul>
      )}
    </section>
  )
}

export type HeadlineProps = Readonly<{ health: HealthFacts; children?: ComponentChildren }>

/** The verdict over all, in words, and what to do. */
export function Headline({ health: { level, text }, children }: HeadlineProps) {
  return (
    <div class={`notice headline ${level}`} data-testid="verdict">
      <Icon name={level === 'ok' ? 'check' : 'alert'} />
      <div class="verdict-words">
        <p class="headline-text">
          <Prose text={text} />
        </p>
        {children}
      </div>
    </div>
  )
}

/** Why the figures are not current, and from when they are. */
export function staleWords({ sinceMs }: Connection & { state: 'stale' }): string {
  if (sinceMs === undefined) return 'The server sends no figures.'
  return `The server has sent nothing since ${formatTime(sinceMs)}. What you see is from then.`
}

type RetryLineProps = Readonly<{ connection: Connection & { state: 'stale' }; feed: LiveFeed }>

function RetryLine({ connection: { retryAtMs }, feed }: RetryLineProps) {
  const seconds = useSignal(0)
  useEffect(() => {
    const count = () => {
      seconds.value = Math.max(0, Math.ceil(((retryAtMs ?? 0) - Date.now()) / 1000))
    }
    count()
    const timer = setInterval(count, 500)
    return () => clearInterval(timer)
  }, [retryAtMs, seconds])
  const isTrying = retryAtMs === undefined || seconds.value === 0
  return (
    <p class="retry small">
      <span class="soft figures">
        {isTrying ? 'Trying again …' : `Trying again in ${seconds.value} s.`}
      </span>
      <button type="button" class="button" onClick={() => feed.retryNow()}>
        <Icon name="refresh" size={16} /> Try now
      </button>
    </p>
  )
}

type VerdictLineProps = Readonly<{ verdict: Verdict; route: Route }>

function VerdictLine({ verdict, route }: VerdictLineProps) {
  const { id, level, text } = verdict
  return (
    <li class="verdict" data-testid={id}>
      <span class={`badge ${level === 'note' ? '' : level}`}>
        <Icon name={level === 'note' ? 'check' : 'alert'} size={13} />
        {levelWord(level)}
      </span>
      <div class="verdict-words">
        <p>
          <strong>
            <Prose text={text} />
          </strong>
        </p>
        <WhatToDo verdict={verdict} route={route} />
      </div>
    </li>
  )
}

/** How to mend it, whom it concerns, and where the page tells more. */
function WhatToDo({ verdict, route }: VerdictLineProps) {
  const { fix, command, section, people = [] } = verdict
  const label = SECTIONS.find((each) => each.section === section)?.label
  const hasLink = section !== undefined && section !== 'dashboard' && label !== undefined
  return (
    <>
      {(fix !== '' || hasLink) && (
        <p>
          <Prose text={fix} />{' '}
          {hasLink && (
            <SectionLink route={route} to={section} class="">
              {label}
            </SectionLink>
          )}
        </p>
      )}
      {command !== undefined && (
        <div class="command">
          <code>{command}</code>
          <CopyButton text={command} label="Copy command" />
        </div>
      )}
      <People people={people} route={route} />
    </>
  )
}

const MOST_NAMES = 6

function People({ people, route }: Readonly<{ people: readonly CallMember[]; route: Route }>) {
  if (people.length === 0) return null
  const hidden = people.length - MOST_NAMES
  return (
    <ul class="verdict-people small">
      {people.slice(0, MOST_NAMES).map(({ room, identity, name }) => (
        <li key={`${room} ${identity}`}>
          {name || identity} in{' '}
          <CallLink room={room} route={route}>
            {room}
          </CallLink>
        </li>
      ))}
      {hidden > 0 && <li class="soft">and {formatCount(hidden, 'more', 'more')}</li>}
    </ul>
  )
}

type CallLinkProps = Readonly<{ room: string; route: Route; children: string }>

/** The name of a call, which leads to its page where there is one. */
export function CallLink({ room, route, children }: CallLinkProps) {
  if (!SECTIONS.some(({ section }) => section === 'calls')) return <>{children}</>
  return (
    <SectionLink route={route} to="calls" detail={room} class="">
      {children}
    </SectionLink>
  )
}
