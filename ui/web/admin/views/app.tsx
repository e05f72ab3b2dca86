import type { AdminSection } from '#api'
import type { AdminPage } from '../state/admin-page.ts'
import type { Route } from '../state/route.ts'
import type { ViewDeps, ViewProps } from '../state/view-deps.ts'
import { RoleContext } from './admin-only.tsx'
import { AlertsView } from './alerts/alerts-view.tsx'
import { CallsView } from './calls/calls-view.tsx'
import { CertificateView } from './certificate/certificate-view.tsx'
import { ConnectView } from './connect/connect-view.tsx'
import { Dashboard } from './dashboard.tsx'
import { Frame } from './frame/frame.tsx'
import { Gate } from './gate.tsx'
import { KernelView } from './kernel/kernel-view.tsx'
import { Kiosk } from './kiosk/kiosk.tsx'
import { LoginPage } from './login-page.tsx'
import { TurnView } from './relay/turn-view.tsx'
import { SettingsView } from './settings/settings-view.tsx'
import { SetupPage } from './setup-page.tsx'
import { UsersView } from './users/users-view.tsx'

/** The view of each part of the page. */
const VIEWS: Readonly<Partial<Record<AdminSection, (props: ViewProps) => preact.JSX.Element>>> = {
  dashboard: Dashboard,
  calls: CallsView,
  alerts: AlertsView,
  turn: TurnView,
  certificate: CertificateView,
  connect: ConnectView,
  kernel: KernelView,
  settings: SettingsView,
  users: UsersView,
}

/** `isKiosk` where a wall screen shows the page: figures without navigation. */
export type AppProps = Readonly<{
  page: AdminPage
  route: Route
  deps: ViewDeps
  isKiosk: boolean
}>

/** The admin page, whatever it shows at the moment. */
export function App({ page, route, deps, isKiosk }: AppProps) {
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
      if (isKiosk) return <Kiosk page={page} feed={scene.feed} deps={deps} />
      const View = VIEWS[route.section] ?? Dashboard
      return (
        <RoleContext.Provider value={page.role.value}>
          <Frame page={page} feed={scene.feed} route={route}>
            <View key={route.section} page={page} feed={scene.feed} route={route} deps={deps} />
          </Frame>
        </RoleContext.Provider>
      )
    }
  }
}
