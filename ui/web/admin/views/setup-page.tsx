import type { AdminPage } from '../state/admin-page.ts'
import { Gate } from './gate.tsx'
import { PasswordForm } from './password-form.tsx'

/** First visit: chooses the admin's password, or says where the set-up link is. */
export function SetupPage({ page, code }: { page: AdminPage; code: string | undefined }) {
  if (code === undefined) {
    return (
      <Gate
        title="Set up Callbox"
        lead="No admin password is set yet. The server printed a set-up link when it started, in the terminal or in its log: open that link to choose one."
      >
        <button type="button" class="button" onClick={() => void page.open()}>
          Check again
        </button>
        <button type="button" class="button plain" onClick={() => page.offerLogIn()}>
          Log in as a viewer
        </button>
      </Gate>
    )
  }
  return (
    <Gate
      title="Set up Callbox"
      lead="Choose your name and password. You need them to open this page from now on; this link works once."
    >
      <PasswordForm
        nameLabel="Name"
        label="New admin password"
        help="At least 10 characters. A few unrelated words are easy to remember and hard to guess."
        action="Set password"
        autocomplete="new-password"
        minLength={10}
        submit={(password, name) => page.setUp({ name, password })}
      />
    </Gate>
  )
}
