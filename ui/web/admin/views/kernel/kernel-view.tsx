import { useEffect, useState } from 'preact/hooks'
import type { KernelDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { createKernelClient } from '../../state/kernel-client.ts'
import { KernelPage, kernelVerdict } from '../../state/kernel-page.ts'
import type { ViewProps } from '../../state/view-deps.ts'
import { Prose } from '../prose.tsx'
import { TopBar } from '../top-bar.tsx'
import { KernelChanges } from './kernel-changes.tsx'
import { KernelTable } from './kernel-table.tsx'

/** What the kernel has, what calls need of it, and how to bring that about. */
export function KernelView({ page, feed, route, deps }: ViewProps) {
  const [kernel] = useState(
    () => new KernelPage({ ...deps, client: createKernelClient(deps.fetchJson) }),
  )
  useEffect(() => {
    document.title = 'Kernel – Callbox'
    kernel.open()
    return () => kernel.close()
  }, [kernel])
  const details = kernel.details.value
  const problem = kernel.problem.value
  return (
    <>
      <TopBar page={page} feed={feed} route={route} />
      <main class={`dashboard kernel ${problem === undefined ? '' : 'is-stale'}`}>
        <div class="turn-head">
          <h1>Kernel</h1>
          <p class="soft prose">
            Settings of this machine’s kernel that calls need: room for bursts of packets, and ports
            that nobody else takes. They hold for the whole machine. A value that is better already
            is never lowered.
          </p>
          <div role="status">
            {problem !== undefined && (
              <p class="notice warn" data-testid="kernel-problem">
                <Icon name="alert" />
                <span>
                  {problem}
                  {details && ' What you see is from before.'}
                </span>
              </p>
            )}
          </div>
        </div>
        {details ? (
          <Parts kernel={kernel} details={details} />
        ) : (
          problem === undefined && <p class="soft">One moment …</p>
        )}
      </main>
    </>
  )
}

function Parts({ kernel, details }: Readonly<{ kernel: KernelPage; details: KernelDetails }>) {
  const { settings, notes } = details
  const isGood = settings.length > 0 && settings.every(({ state }) => state !== 'differs')
  return (
    <>
      <p class={`notice ${isGood ? 'ok' : 'warn'}`} data-testid="kernel-verdict">
        <Icon name={isGood ? 'check' : 'alert'} />
        <span>{kernelVerdict(details)}</span>
      </p>
      <KernelChanges kernel={kernel} details={details} />
      <KernelTable settings={settings} />
      {notes.length > 0 && (
        <section class="card stack" aria-labelledby="notes-title" data-testid="kernel-notes">
          <h2 id="notes-title">What no setting can do</h2>
          {notes.map(({ message, fix }) => (
            <div key={message}>
              <p>
                <Prose text={message} />
              </p>
              <p class="soft">
                <Prose text={fix} />
              </p>
            </div>
          ))}
        </section>
      )}
    </>
  )
}
