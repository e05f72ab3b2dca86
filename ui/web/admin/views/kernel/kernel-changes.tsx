import { useState } from 'preact/hooks'
import type { KernelDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import type { KernelPage } from '../../state/kernel-page.ts'
import { AdminOnly } from '../admin-only.tsx'
import { Confirm } from '../confirm.tsx'
import { CopyButton } from '../copy-button.tsx'

type Props = Readonly<{ kernel: KernelPage; details: KernelDetails }>

/** Buttons where this process may change the kernel, and the commands for who may elsewhere. */
export function KernelChanges({ kernel, details }: Props) {
  const [asking, setAsking] = useState<'apply' | 'revert' | undefined>(undefined)
  const { mayApply, isApplied, obstacle, file, applyCommand, revertCommand } = details
  const outcome = kernel.outcome.value
  return (
    <section class="card stack" aria-labelledby="changes-title" data-testid="kernel-changes">
      <h2 id="changes-title">Apply</h2>
      <p class="prose">
        {isApplied
          ? 'Callbox’s settings are in place; they are kept in '
          : 'Callbox’s settings are not in place; they would be kept in '}
        <code>{file}</code> for the next boot, and what was before is remembered.
      </p>
      {mayApply ? (
        <AdminOnly>
          <div class="copy-line">
            <button type="button" class="button primary" onClick={() => setAsking('apply')}>
              {isApplied ? 'Apply again …' : 'Apply …'}
            </button>
            {isApplied && (
              <button type="button" class="button" onClick={() => setAsking('revert')}>
                Take back …
              </button>
            )}
          </div>
        </AdminOnly>
      ) : (
        <>
          {obstacle !== undefined && (
            <p class="notice" data-testid="kernel-obstacle">
              <Icon name="alert" />
              <span>{obstacle}</span>
            </p>
          )}
          <CommandLine label="Apply" command={applyCommand} />
          {isApplied && <CommandLine label="Take back" command={revertCommand} />}
        </>
      )}
      <div role="status">
        {outcome !== undefined && (
          <p class="notice ok" data-testid="kernel-outcome">
            <Icon name="check" />
            <span>{outcome}</span>
          </p>
        )}
      </div>
      {asking === 'apply' && (
        <Confirm
          title="Apply the kernel settings?"
          action="Apply"
          act={() => kernel.apply()}
          onClose={() => setAsking(undefined)}
        >
          <p>
            The kernel of this machine gets the values below, at once and for every program. Either
            all hold afterwards or none. What was before can be taken back.
          </p>
        </Confirm>
      )}
      {asking === 'revert' && (
        <Confirm
          title="Take the kernel settings back?"
          action="Take back"
          act={() => kernel.revert()}
          onClose={() => setAsking(undefined)}
        >
          <p>The kernel gets the values of before, and the file is removed.</p>
        </Confirm>
      )}
    </section>
  )
}

function CommandLine({ label, command }: Readonly<{ label: string; command: string }>) {
  return (
    <div class="snippet">
      <div class="snippet-head">
        <h3>{label}</h3>
        <CopyButton text={command} label="Copy" of={label} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre class="snippet-text" tabIndex={0}>
        <code>{command}</code>
      </pre>
    </div>
  )
}
