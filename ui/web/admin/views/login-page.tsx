import type { AdminPage } from '../state/admin-page.ts'
import { Gate } from './gate.tsx'
import { PasswordForm } from './password-form.tsx'

/** Asks for the admin's password. */
export function LoginPage({ page, notice }: { page: AdminPage; notice: string | undefined }) {
  return (
    <Gate title="Log in" lead="The dashboard of this calls server is for its admin.">
      {notice !== undefined && (
        <p class="notice in-words" role="status">
          {notice}
        </p>
      )}
      <PasswordForm
        label="Admin password"
        help="Forgotten? Run “npx callbox admin reset” on the server, then start it again."
        action="Log in"
        autocomplete="current-password"
        submit={(password) => page.logIn(password)}
      />
    </Gate>
  )
}
