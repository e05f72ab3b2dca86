import { z } from 'zod'

/** What a certificate is asked for with. `directoryCa` is PEM, `directoryCaFile` a path; each may be empty. */
export const acmeSettingsSchema = z.object({
  domain: z.string(),
  email: z.string(),
  directoryUrl: z.string(),
  directoryCa: z.string(),
  directoryCaFile: z.string(),
  challenge: z.enum(['auto', 'http-01', 'tls-alpn-01']),
})

/** The settings of one order, from the configuration or from the admin page. */
export type AcmeSettings = Readonly<z.output<typeof acmeSettingsSchema>>

/** The authority that is asked where nobody names another: Let's Encrypt. */
export const DEFAULT_DIRECTORY_URL = 'https://acme-v02.api.letsencrypt.org/directory'
