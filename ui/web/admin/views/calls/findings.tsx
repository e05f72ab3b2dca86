import type { CallMember, Verdict } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { nameOf } from '../../state/call-wording.ts'
import type { Route } from '../../state/route.ts'
import { levelWord } from '../../state/wording.ts'
import { CopyButton } from '../copy-button.tsx'
import { Prose } from '../prose.tsx'
import { SectionLink } from '../section-link.tsx'

type Props = Readonly<{ findings: readonly Verdict[]; route: Route }>

/** What is wrong in calls, in words, and what to do. */
export function Findings({ findings, route }: Props) {
  if (findings.length === 0) return null
  return (
    <section class="stack" aria-label="What was found" data-testid="findings">
      {findings.map((finding) => (
        <Finding key={finding.id} finding={finding} route={route} />
      ))}
    </section>
  )
}

function Finding({ finding, route }: Readonly<{ finding: Verdict; route: Route }>) {
  const { level, text, fix, command, people = [] } = finding
  return (
    <div class={`notice ${level === 'note' ? '' : level}`} data-testid="finding">
      <Icon name={level === 'note' ? 'chat' : 'alert'} />
      <div class="verdict-words">
        <p class="headline-text">
          {levelWord(level)}: <Prose text={text} />
        </p>
        {fix !== '' && (
          <p>
            <Prose text={fix} />
          </p>
        )}
        {command !== undefined && (
          <p class="command">
            <code>{command}</code>
            <CopyButton text={command} label="Copy" of="the command" />
          </p>
        )}
        {people.length > 0 && (
          <p class="small finding-people">
            {people.map((person) => (
              <Person key={`${person.room} ${person.identity}`} person={person} route={route} />
            ))}
          </p>
        )}
      </div>
    </div>
  )
}

function Person({ person, route }: Readonly<{ person: CallMember; route: Route }>) {
  return (
    <SectionLink route={route} to="calls" detail={person.room} class="finding-person">
      {nameOf(person)}
      <span class="visually-hidden"> in {person.room}</span>
    </SectionLink>
  )
}
