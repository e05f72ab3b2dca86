import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Brand } from '../../shared/icons.tsx'

/** A page with one card: what stands before the dashboard. */
export type GateProps = Readonly<{ title: string; lead: string; children?: ComponentChildren }>

/** Shows the card and names the page after it. */
export function Gate({ title, lead, children }: GateProps) {
  useEffect(() => {
    document.title = `${title} – Callbox`
  }, [title])
  return (
    <main class="gate">
      <Brand />
      <div class="card gate-card">
        <h1>{title}</h1>
        <p class="soft">{lead}</p>
        {children}
      </div>
    </main>
  )
}
