import type { ComponentChildren } from 'preact'
import type { AdminSection } from '#api'
import type { Route } from '../state/route.ts'

export type SectionLinkProps = Readonly<{
  route: Route
  to: AdminSection
  /** One thing of that part, such as a call. */
  detail?: string
  class: string
  children: ComponentChildren
}>

/** A link to a part of the page: followed without a reload, opened in a new tab as any link. */
export function SectionLink({ route, to, detail, class: className, children }: SectionLinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    route.open(to, detail)
  }
  const isHere =
    route.section === to && (detail === undefined || detail === route.place.value.detail)
  return (
    <a
      class={className}
      href={route.pathOf(to, detail)}
      aria-current={isHere ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  )
}
