import type { SettingsDetails, SettingsPreview, SettingsProposal, SettingsSave } from '#api'
import { createJsonApi, type Reply } from './json-api.ts'

/** The settings' part of the admin's API; what changes something answers with the facts. */
export interface SettingsClient {
  details(): Promise<Reply<SettingsDetails>>
  preview(csrf: string, proposal: SettingsProposal): Promise<Reply<SettingsPreview>>
  save(csrf: string, save: SettingsSave): Promise<Reply<SettingsDetails>>
  restore(csrf: string, id: string): Promise<Reply<SettingsDetails>>
  restart(csrf: string): Promise<Reply<SettingsDetails>>
}

const ROOT = '/api/admin/settings'

/** Speaks to the server that the page came from. */
export function createSettingsClient(fetchJson: typeof fetch): SettingsClient {
  const { read, change } = createJsonApi(fetchJson)
  return {
    details: () => read(ROOT),
    preview: (csrf, body) => change('POST', `${ROOT}/preview`, { csrf, body }),
    save: (csrf, body) => change('POST', ROOT, { csrf, body }),
    restore: (csrf, id) =>
      change('POST', `${ROOT}/versions/${encodeURIComponent(id)}/restore`, { csrf }),
    restart: (csrf) => change('POST', '/api/admin/restart', { csrf }),
  }
}
