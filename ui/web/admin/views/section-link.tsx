import type { ComponentChildren } from 'preact'
import type { Route, Section } from '../state/route.ts'

export type SectionLinkProps = Readonly<{
  route: Route
  to: Section
  class: string
  children: ComponentChildren
}>

/** A link to a part of the page: followed without a reload, opened in a new tab as any link. */
export function SectionLink({ route, to, class: className, children }: SectionLinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    route.open(to)
  }
  return (
    <a
      class={className}
      href={route.pathOf(to)}
      aria-current={route.section.value === to ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  )
}
