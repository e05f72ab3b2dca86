import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import type { ViewProps } from '../../state/view-deps.ts'
import { ShortcutKeys } from './shortcut-keys.tsx'
import { SideBar } from './side-bar.tsx'

export type FrameProps = Omit<ViewProps, 'deps'> & Readonly<{ children: ComponentChildren }>

/** What is around every part of the page: the way past it, the navigation, the shortcuts. */
export function Frame({ feed, route, children }: FrameProps) {
  const content = useRef<HTMLDivElement>(null)
  const skip = (event: Event) => {
    event.preventDefault()
    focusMain(content.current)
  }
  return (
    <div class="frame">
      {/* biome-ignore lint/a11y/useValidAnchor: it goes to a place of the page, and the keyboard with it */}
      <a class="skip-link button primary" href="#content" onClick={skip}>
        Skip to the content
      </a>
      <SideBar feed={feed} route={route} />
      <div id="content" class="content" ref={content}>
        {children}
      </div>
      <ShortcutKeys route={route} onOpened={() => focusMain(content.current)} />
    </div>
  )
}

/** Puts the keyboard at the beginning of what a part of the page says. */
function focusMain(content: HTMLElement | null): void {
  const main = content?.querySelector('main')
  if (!main) return
  main.tabIndex = -1
  main.focus()
}
