import { useState } from 'preact/hooks'
import type { AlertDetails, AlertStatus } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import type { AlertsPage } from '../../state/alerts-page.ts'
import { silenceWords, sinceWords, sortRules, stateWords } from '../../state/alerts-wording.ts'
import { type Route, SECTIONS } from '../../state/route.ts'
import { useIsAdmin } from '../admin-only.tsx'
import { SectionLink } from '../section-link.tsx'

type Props = Readonly<{ alerts: AlertsPage; details: AlertDetails; route: Route }>

/** Every rule with how it stands, those that fire on top. */
export function Rules({ alerts, details, route }: Props) {
  const [fault, setFault] = useState('')
  const silence = async (id: string, minutes: number) =>
    setFault((await alerts.silence(id, minutes)) ?? '')
  return (
    <section class="card stack" aria-labelledby="rules-title">
      <h2 id="rules-title">Rules</h2>
      <p role="alert" class="fault">
        {fault}
      </p>
      <ul class="rules">
        {sortRules(details.rules).map((rule) => (
          <Rule
            key={rule.id}
            rule={rule}
            nowMs={details.atMs}
            route={route}
            silence={(minutes) => void silence(rule.id, minutes)}
          />
        ))}
      </ul>
    </section>
  )
}

type RuleProps = Readonly<{
  rule: AlertStatus
  nowMs: number
  route: Route
  silence: (minutes: number) => void
}>

function Rule({ rule, nowMs, route, silence }: RuleProps) {
  const { id, title, condition, value, text, fix, state, section, silencedUntilMs } = rule
  const { tone, text: word } = stateWords(rule)
  const linked = SECTIONS.find((each) => each.section === section)
  const isWrong = state === 'firing' || state === 'pending'
  return (
    <li class="rule" data-testid={`rule-${id}`}>
      <span class={`badge ${tone}`}>
        {tone !== '' && <Icon name={tone === 'ok' ? 'check' : 'alert'} size={13} />}
        {word}
      </span>
      <div class="rule-words">
        <h3>{title}</h3>
        <p class="soft small">Fires when: {condition}</p>
        {isWrong && (
          <p>
            {text} {fix}{' '}
            {linked && section !== 'alerts' && (
              <SectionLink route={route} to={linked.section} class="">
                {linked.label}
              </SectionLink>
            )}
          </p>
        )}
        {silencedUntilMs !== undefined && <p class="soft small">{silenceWords(silencedUntilMs)}</p>}
      </div>
      <p class="figures rule-value">
        {value}
        <span class="soft small"> {sinceWords(rule, nowMs)}</span>
      </p>
      <Silence title={title} isSilent={silencedUntilMs !== undefined} silence={silence} />
    </li>
  )
}

const SILENCES = [
  { minutes: 60, words: '1 hour' },
  { minutes: 480, words: '8 hours' },
  { minutes: 1440, words: '1 day' },
  { minutes: 10_080, words: '1 week' },
] as const

type SilenceProps = Readonly<{
  title: string
  isSilent: boolean
  silence: (minutes: number) => void
}>

/** A list of times; choosing one is all it takes. */
function Silence({ title, isSilent, silence }: SilenceProps) {
  if (!useIsAdmin()) return null
  if (isSilent) {
    return (
      <button
        type="button"
        class="button"
        aria-label={`End silence: ${title}`}
        onClick={() => silence(0)}
      >
        End silence
      </button>
    )
  }
  return (
    <select
      class="input silence"
      aria-label={`Silence: ${title}`}
      value=""
      onChange={(event) => {
        const minutes = Number(event.currentTarget.value)
        event.currentTarget.value = ''
        if (minutes > 0) silence(minutes)
      }}
    >
      <option value="">Silence …</option>
      {SILENCES.map(({ minutes, words }) => (
        <option key={minutes} value={minutes}>
          for {words}
        </option>
      ))}
    </select>
  )
}
