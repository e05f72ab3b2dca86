import type { Call } from '../state/call-session.ts'
import { Announcer } from './announcer.tsx'
import { InCall } from './in-call.tsx'
import { Connecting, Failed, Left } from './outside.tsx'
import { PreJoin, type Visitor } from './pre-join.tsx'

/** What the page needs to show a visit. */
export type AppProps = Readonly<{
  call: Call
  visitor: Visitor
  rememberName: (name: string) => void
}>

/** The page for each phase of a visit. */
export function App({ call, visitor, rememberName }: AppProps) {
  return (
    <>
      <PhasePage call={call} visitor={visitor} rememberName={rememberName} />
      <Announcer announcement={call.announcement.value} />
    </>
  )
}

function PhasePage({ call, visitor, rememberName }: AppProps) {
  switch (call.phase.value) {
    case 'prejoin':
      return <PreJoin call={call} visitor={visitor} rememberName={rememberName} />
    case 'connecting':
      return <Connecting call={call} />
    case 'connected':
    case 'reconnecting':
      return <InCall call={call} />
    case 'failed':
      return <Failed call={call} />
    case 'left':
      return <Left call={call} />
  }
}
