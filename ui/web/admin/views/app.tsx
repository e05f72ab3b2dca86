import type { AdminSection } from '#api'
import type { AdminPage } from '../state/admin-page.ts'
import type { Route } from '../state/route.ts'
import type { ViewDeps, ViewProps } from '../state/view-deps.ts'
import { AlertsView } from './alerts/alerts-view.tsx'
import { CertificateView } from './certificate/certificate-view.tsx'
import { Dashboard } from './dashboard.tsx'
import { Gate } from './gate.tsx'
import { LoginPage } from './login-page.tsx'
import { TurnView } from './relay/turn-view.tsx'
import { SetupPage } from './setup-page.tsx'

/** The view of each part of the page. */
const VIEWS: Readonly<Partial<Record<AdminSection, (props: ViewProps) => preact.JSX.Element>>> = {
  dashboard: Dashboard,
  alerts: AlertsView,
  turn: TurnView,
  certificate: CertificateView,
}

export type AppProps = Readonly<{ page: AdminPage; route: Route; deps: ViewDeps }>

/** The admin page, whatever it shows at the moment. */
export function App({ page, route, deps }: AppProps) {
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
    case 'dashboard': {
      const View = VIEWS[route.section] ?? Dashboard
      return <View key={route.section} page={page} feed={scene.feed} route={route} deps={deps} />
    }
  }
}
