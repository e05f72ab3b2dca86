import { z } from 'zod'
import { defaults } from './defaults.ts'
import { CIDRS, cidrs, option, portOption } from './option.ts'

const filePath = z.string().max(4096)
const ACME = 'Certificates from an ACME authority'

const tls = z.object({
  mode: option(z.enum(['self-signed', 'files', 'acme', 'off']), defaults.web.tls.mode, {
    kind: 'text',
    accepts: '`self-signed`, `files` or `off`',
    effect:
      'Where the certificate comes from: `self-signed` makes one and keeps it in the data directory; `files` reads `cert_file` and `key_file` and reads them again when they change; `off` opens no HTTPS port: a reverse proxy ends TLS and speaks plain HTTP to `web.http_port`. (`acme` is not in this version.)',
  }),
  cert_file: option(filePath, defaults.web.tls.cert_file, {
    kind: 'text',
    accepts: 'the path of a PEM file',
    effect: 'The certificate and its chain, for mode `files`.',
    byDefault: 'empty',
  }),
  key_file: option(filePath, defaults.web.tls.key_file, {
    kind: 'text',
    accepts: 'the path of a PEM file',
    effect: 'The private key of the certificate, for mode `files`.',
    byDefault: 'empty',
  }),
  domain: option(z.string(), defaults.web.tls.domain, {
    kind: 'text',
    accepts: 'a host name',
    effect: 'The host name an ACME certificate is asked for.',
    byDefault: 'empty',
    notYet: ACME,
  }),
  email: option(z.string(), defaults.web.tls.email, {
    kind: 'text',
    accepts: 'an e-mail address',
    effect: 'The address an ACME authority writes to.',
    byDefault: 'empty',
    notYet: ACME,
  }),
  directory_url: option(z.string(), defaults.web.tls.directory_url, {
    kind: 'text',
    accepts: 'an https URL',
    effect: 'The directory of the ACME authority.',
    byDefault: 'empty',
    notYet: ACME,
  }),
  trusted_proxies: option(cidrs, defaults.web.tls.trusted_proxies, {
    kind: 'list',
    accepts: CIDRS,
    effect:
      'Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, for mode `off`. Nobody else is. With one on another machine, `web.http_port` listens on all addresses.',
    byDefault: 'empty: no proxy is believed',
  }),
})

/** `web.*`: the pages, the API and their certificate. */
export const web = z.object({
  https_port: portOption(defaults.web.https_port, {
    effect: 'TCP port of the admin pages, the call page, the API and LiveKit signalling.',
  }),
  http_port: portOption(defaults.web.http_port, {
    effect: 'TCP port of the same in plain HTTP, on the loopback address only.',
  }),
  proxy_protocol_from: option(cidrs, defaults.web.proxy_protocol_from, {
    kind: 'list',
    accepts: CIDRS,
    effect:
      'Load balancers whose connections to `web.https_port` begin with a PROXY protocol v2 header that names the client. It is believed from nobody else.',
    byDefault: 'empty',
  }),
  tls: tls.prefault({}),
})
