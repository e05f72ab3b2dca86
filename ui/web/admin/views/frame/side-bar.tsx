import { useEffect, useRef } from 'preact/hooks'
import type { AdminSection, Status } from '#api'
import { Brand, Icon, type IconName } from '../../../shared/icons.tsx'
import { formatDuration } from '../../state/format.ts'
import type { LiveFeed } from '../../state/live-feed.ts'
import { navigationBadge, navigationGroups } from '../../state/navigation.ts'
import type { Route } from '../../state/route.ts'
import { SectionLink } from '../section-link.tsx'
import { HELP_ID } from './shortcut-keys.tsx'

/** What the menu button of a narrow screen opens. */
export const SIDE_BAR_ID = 'side-bar'

const ICONS: Readonly<Record<AdminSection, IconName>> = {
  dashboard: 'dashboard',
  calls: 'phone',
  alerts: 'bell',
  connect: 'plug',
  turn: 'relay',
  certificate: 'shield',
  settings: 'sliders',
  kernel: 'chip',
  users: 'people',
}

/** The parts of the page: beside it where there is room, a menu over it on a phone. */
export function SideBar({ feed, route }: Readonly<{ feed: LiveFeed; route: Route }>) {
  const bar = useRef<HTMLElement>(null)
  const status = feed.status.value
  const place = route.place.value
  useEffect(() => closeMenu(bar.current), [place])
  return (
    <nav id={SIDE_BAR_ID} ref={bar} class="side-bar" popover="auto" aria-label="Admin">
      <Brand />
      {navigationGroups().map(({ title, places }) => (
        <div key={title} class="side-group">
          <h2 id={`nav-${title}`}>{title}</h2>
          <ul class="side-places" aria-labelledby={`nav-${title}`}>
            {places.map(({ section, label }) => (
              <li key={section}>
                <SectionLink route={route} to={section} class="side-link">
                  <Icon name={ICONS[section]} size={18} />
                  {label}
                </SectionLink>
                <PlaceBadge section={section} status={status} />
              </li>
            ))}
          </ul>
        </div>
      ))}
      <div class="side-foot">
        <button type="button" class="button plain small-button keys-button" popovertarget={HELP_ID}>
          <Icon name="keyboard" size={16} /> Keyboard shortcuts
        </button>
        {status && (
          <p class="soft small figures">
            Version {status.version}
            <br />
            up {formatDuration(status.uptimeSeconds)}
          </p>
        )}
      </div>
    </nav>
  )
}

type PlaceBadgeProps = Readonly<{ section: AdminSection; status: Status | undefined }>

function PlaceBadge({ section, status }: PlaceBadgeProps) {
  const badge = navigationBadge(section, status)
  if (badge === undefined) return null
  return (
    <span class={`badge side-badge figures ${badge.tone}`} title={badge.text}>
      <span aria-hidden="true">{badge.figure}</span>
      <span class="visually-hidden">{badge.text}</span>
    </span>
  )
}

function closeMenu(bar: HTMLElement | null): void {
  if (bar?.matches(':popover-open')) bar.hidePopover()
}
