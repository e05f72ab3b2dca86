import type { AdminPage } from '../state/admin-page.ts'
import { Dashboard } from './dashboard.tsx'
import { Gate } from './gate.tsx'
import { LoginPage } from './login-page.tsx'
import { SetupPage } from './setup-page.tsx'

/** The admin page, whatever it shows at the moment. */
export function App({ page }: { page: AdminPage }) {
  const scene = page.scene.value
  switch (scene.name) {
    case 'loading':
      return <Gate title="Callbox admin" lead="One moment …" />
    case 'unreachable':
      return (
        <Gate title="No answer" lead={scene.message}>
          <button type="button" class="button primary" onClick={() => void page.open()}>
            Try again
          </button>
        </Gate>
      )
    case 'setup':
      return <SetupPage page={page} code={scene.code} />
    case 'login':
      return <LoginPage page={page} notice={scene.notice} />
    case 'dashboard':
      return <Dashboard page={page} feed={scene.feed} />
  }
}
