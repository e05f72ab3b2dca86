import { type ComponentChildren, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Role } from '#api'

/** What whoever looks may do. */
export const RoleContext = createContext<Role>('viewer')

/** Whether whoever looks may change things; for buttons in rows, which a viewer is spared. */
export function useIsAdmin(): boolean {
  return useContext(RoleContext) === 'admin'
}

/** Parts that change something: a viewer sees them disabled, and why. */
export function AdminOnly({ children }: Readonly<{ children: ComponentChildren }>) {
  if (useIsAdmin()) return <>{children}</>
  return (
    <fieldset class="admin-only" disabled>
      <legend class="soft small">Only an admin can do this; you can look.</legend>
      {children}
    </fieldset>
  )
}
