import { useState } from 'preact/hooks'
import type { LoginProof } from '../state/admin-client.ts'
import type { AdminPage } from '../state/admin-page.ts'
import { CodeForm } from './code-form.tsx'
import { Gate } from './gate.tsx'
import { PasswordForm } from './password-form.tsx'

/** Asks for name and password, and for a code where the account has one. */
export function LoginPage({ page, notice }: { page: AdminPage; notice: string | undefined }) {
  const [proof, setProof] = useState<LoginProof | undefined>(undefined)
  if (proof) return <CodeStep page={page} proof={proof} onBack={() => setProof(undefined)} />
  const logIn = async (password: string, name: string) => {
    const refusal = await page.logIn({ name, password })
    if (refusal?.code !== 'CODE_NEEDED') return refusal?.message
    setProof({ name, password })
    return undefined
  }
  return (
    <Gate title="Log in" lead="The dashboard of this calls server is for those who run it.">
      {notice !== undefined && (
        <p class="notice in-words" role="status">
          {notice}
        </p>
      )}
      <PasswordForm
        nameLabel="Name"
        label="Password"
        help="Forgotten? Any admin can give you a new one. If there is none left, run “npx callbox admin reset” on the server, then start it again."
        action="Log in"
        autocomplete="current-password"
        submit={logIn}
      />
    </Gate>
  )
}

type CodeStepProps = Readonly<{ page: AdminPage; proof: LoginProof; onBack: () => void }>

function CodeStep({ page, proof, onBack }: CodeStepProps) {
  const logIn = async (code: string) => (await page.logIn({ ...proof, code }))?.message
  return (
    <Gate title="Log in" lead="The password is right. One more step.">
      <CodeForm
        label="Code of your authenticator app"
        help="Six digits. Without your phone: one of your recovery codes."
        action="Log in"
        submit={logIn}
      />
      <button type="button" class="button plain" onClick={onBack}>
        Start over
      </button>
    </Gate>
  )
}
