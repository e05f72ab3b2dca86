import { useState } from 'preact/hooks'
import type { SettingsDetails } from '#api'
import type { SettingsPage } from '../../state/settings-page.ts'
import { changeCount } from '../../state/settings-wording.ts'
import { Review } from './review.tsx'

type Props = Readonly<{ settings: SettingsPage; details: SettingsDetails }>

/** How much is changed and not saved, and the way to save it. */
export function ChangesBar({ settings, details }: Props) {
  const [isReviewing, setReviewing] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState('')
  const count = settings.edits.value.size
  const review = async () => {
    if (isBusy) return
    setBusy(true)
    const wrong = await settings.review()
    setBusy(false)
    setFault(wrong ?? '')
    setReviewing(wrong === undefined)
  }
  const problems = settings.preview.value?.problems.length ?? 0
  return (
    <>
      <div class={`changes-bar ${count > 0 ? '' : 'is-empty'}`}>
        <p role="status" data-testid="changes">
          {count > 0 && `${changeCount(count)}, not saved.`}
          {problems > 0 && ' Something is wrong with them: see the options.'}
        </p>
        <p role="alert" class="fault">
          {fault}
        </p>
        {count > 0 && (
          <div class="option-actions">
            <button
              type="button"
              class="button primary"
              aria-disabled={isBusy}
              onClick={() => void review()}
            >
              {isBusy ? 'One moment …' : `Review ${changeCount(count)} …`}
            </button>
            <button type="button" class="button plain" onClick={() => settings.discard()}>
              Discard
            </button>
          </div>
        )}
      </div>
      {isReviewing && (
        <Review settings={settings} details={details} onClose={() => setReviewing(false)} />
      )}
    </>
  )
}
