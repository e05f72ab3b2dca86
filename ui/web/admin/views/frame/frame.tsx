import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import type { ViewProps } from '../../state/view-deps.ts'
import { focusMain, keepFocusOnPage } from './focus-main.ts'
import { ShortcutKeys } from './shortcut-keys.tsx'
import { SideBar } from './side-bar.tsx'

export type FrameProps = Omit<ViewProps, 'deps'> & Readonly<{ children: ComponentChildren }>

/** What is around every part of the page: the way past it, the navigation, the shortcuts. */
export function Frame({ feed, route, children }: FrameProps) {
  useEffect(keepFocusOnPage, [])
  const skip = (event: Event) => {
    event.preventDefault()
    focusMain()
  }
  return (
    <div class="frame">
      {/* biome-ignore lint/a11y/useValidAnchor: it goes to a place of the page, and the keyboard with it */}
      <a class="skip-link button primary" href="#content" onClick={skip}>
        Skip to the content
      </a>
      <SideBar feed={feed} route={route} />
      <div id="content" class="content">
        {children}
      </div>
      <ShortcutKeys route={route} onOpened={() => focusMain()} />
    </div>
  )
}
