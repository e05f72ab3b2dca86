import type { Role } from '#api'

/** Which role somebody or something gets; the lesser one unless chosen. */
export function RoleField({ id }: Readonly<{ id: string }>) {
  return (
    <div class="field">
      <label for={id}>Role</label>
      <select id={id} name="role" class="input">
        <option value="viewer" selected>
          Viewer: looks
        </option>
        <option value="admin">Admin: changes everything</option>
      </select>
    </div>
  )
}

/** The role that was chosen in a form. */
export function roleOf(data: FormData): Role {
  return data.get('role') === 'admin' ? 'admin' : 'viewer'
}
