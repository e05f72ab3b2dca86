import type { AdminPage } from '../state/admin-page.ts'
import type { CertificatePage } from '../state/certificate-page.ts'
import type { Route } from '../state/route.ts'
import type { TurnPage } from '../state/turn-page.ts'
import { CertificateView } from './certificate/certificate-view.tsx'
import { Dashboard } from './dashboard.tsx'
import { Gate } from './gate.tsx'
import { LoginPage } from './login-page.tsx'
import { TurnView } from './relay/turn-view.tsx'
import { SetupPage } from './setup-page.tsx'

/** `create…Page` makes the state of a part of the page each time that is opened. */
export type AppProps = Readonly<{
  page: AdminPage
  route: Route
  createTurnPage: () => TurnPage
  createCertificatePage: () => CertificatePage
}>

/** The admin page, whatever it shows at the moment. */
export function App({ page, route, createTurnPage, createCertificatePage }: AppProps) {
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
      switch (route.section.value) {
        case 'turn':
          return <TurnView {...{ page, feed: scene.feed, route, createTurnPage }} />
        case 'certificate':
          return <CertificateView {...{ page, feed: scene.feed, route, createCertificatePage }} />
        case 'dashboard':
          return <Dashboard page={page} feed={scene.feed} route={route} />
      }
  }
}
