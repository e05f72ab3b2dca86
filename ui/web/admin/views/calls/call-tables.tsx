import type { ComponentChildren } from 'preact'
import type { CallSummary } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { formatCount, formatDateTime, formatDuration } from '../../state/format.ts'
import type { Route } from '../../state/route.ts'
import { SectionLink } from '../section-link.tsx'

type Calls = Readonly<{ calls: readonly CallSummary[]; route: Route }>

/** The calls that run, those with badly connected people first. */
export function RunningCalls({ calls, nowMs, route }: Calls & Readonly<{ nowMs: number }>) {
  const sorted = calls.toSorted((a, b) => b.unhappy - a.unhappy)
  return (
    <CallTable columns={['People', 'Connections', 'For']}>
      {sorted.map((call) => (
        <Row key={call.sid} call={call} route={route}>
          <td data-label="People">{formatCount(call.participants, 'person', 'people')}</td>
          <td data-label="Connections">
            <Happiness unhappy={call.unhappy} />
          </td>
          <td class="number" data-label="For">
            {formatDuration((nowMs - call.startedAtMs) / 1000)}
          </td>
        </Row>
      ))}
    </CallTable>
  )
}

/** The latest that ended. */
export function EndedCalls({ calls, route }: Calls) {
  return (
    <CallTable columns={['Most at once', 'Ended', 'Lasted']}>
      {calls.map((call) => (
        <Row key={call.sid} call={call} route={route}>
          <td data-label="Most at once">
            {formatCount(call.mostParticipants, 'person', 'people')}
          </td>
          <td data-label="Ended">{formatDateTime(call.endedAtMs ?? 0)}</td>
          <td class="number" data-label="Lasted">
            {formatDuration(((call.endedAtMs ?? call.startedAtMs) - call.startedAtMs) / 1000)}
          </td>
        </Row>
      ))}
    </CallTable>
  )
}

type TableProps = Readonly<{ columns: readonly string[]; children: ComponentChildren }>

function CallTable({ columns, children }: TableProps) {
  return (
    <table class="table as-cards call-list">
      <thead>
        <tr>
          <th scope="col">Call</th>
          {columns.map((label, index) => (
            <th key={label} scope="col" class={index === columns.length - 1 ? 'number' : ''}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  )
}

type RowProps = Readonly<{ call: CallSummary; route: Route; children: ComponentChildren }>

function Row({ call: { name }, route, children }: RowProps) {
  return (
    <tr data-testid="call">
      <th scope="row">
        <SectionLink route={route} to="calls" detail={name} class="call-name">
          {name}
        </SectionLink>
      </th>
      {children}
    </tr>
  )
}

function Happiness({ unhappy }: Readonly<{ unhappy: number }>) {
  const words = formatCount(unhappy, 'person is badly connected', 'people are badly connected')
  return unhappy === 0 ? (
    <span class="badge ok">
      <Icon name="check" size={14} /> All fine
    </span>
  ) : (
    <span class="badge warn">
      <Icon name="alert" size={14} /> {words}
    </span>
  )
}
