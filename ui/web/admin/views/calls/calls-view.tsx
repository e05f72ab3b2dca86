import type { ViewProps } from '../../state/view-deps.ts'
import { CallView } from './call-view.tsx'
import { ListView } from './list-view.tsx'

/** All calls, or the one that the address names. */
export function CallsView(props: ViewProps) {
  const { detail } = props.route.place.value
  if (detail === undefined) return <ListView {...props} />
  return <CallView key={detail} {...props} name={detail} />
}
