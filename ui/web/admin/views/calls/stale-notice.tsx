import { Icon } from '../../../shared/icons.tsx'

type Props = Readonly<{ problem: string | undefined; hasFacts: boolean }>

/** Why what is shown is not current. */
export function StaleNotice({ problem, hasFacts }: Props) {
  return (
    <div role="status">
      {problem !== undefined && (
        <p class="notice warn" data-testid="calls-problem">
          <Icon name="alert" />
          <span>
            {problem}
            {hasFacts && ' What you see is from before.'}
          </span>
        </p>
      )}
    </div>
  )
}
