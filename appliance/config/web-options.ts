import { z } from 'zod'
import { defaults } from './defaults.ts'
import { CIDRS, cidrs, option, portOption } from './option.ts'
import { isHttpsUrl, isMailAddress, isPublicHostName } from './values.ts'

const filePath = z.string().max(4096)
/** Allows the empty text, which means that nothing is set. */
const orEmpty = (is: (text: string) => boolean) => (text: string) => text === '' || is(text)

const tls = z.object({
  mode: option(z.enum(['self-signed', 'files', 'acme', 'off']), defaults.web.tls.mode, {
    kind: 'text',
    accepts: '`self-signed`, `files`, `acme` or `off`',
    effect:
      'Where the certificate comes from: `self-signed` makes one and keeps it in the data directory, until the admin page is given or orders another; `files` reads `cert_file` and `key_file` and reads them again when they change; `acme` orders one for `domain` and renews it; `off` opens no HTTPS port: a reverse proxy ends TLS and speaks plain HTTP to `web.http_port`.',
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
  domain: option(z.string().refine(orEmpty(isPublicHostName)), defaults.web.tls.domain, {
    kind: 'text',
    accepts: 'a host name with a dot, such as calls.example.org, and no IP address',
    effect:
      'The host name that mode `acme` orders a certificate for. It must lead to this server from everywhere; set `public_address` to it too.',
    byDefault: 'empty',
  }),
  email: option(z.string().refine(orEmpty(isMailAddress)), defaults.web.tls.email, {
    kind: 'text',
    accepts: 'an e-mail address',
    effect: 'Where the authority writes to, for mode `acme`; some want it, others ignore it.',
    byDefault: 'empty',
  }),
  directory_url: option(z.string().refine(isHttpsUrl), defaults.web.tls.directory_url, {
    kind: 'text',
    accepts: 'an https URL',
    effect:
      "The directory of the ACME authority, for mode `acme`; by default Let's Encrypt's. Whoever sets mode `acme` agrees to the terms of the authority.",
  }),
  directory_ca_file: option(filePath, defaults.web.tls.directory_ca_file, {
    kind: 'text',
    accepts: 'the path of a PEM file',
    effect:
      'The root certificate that the authority of `directory_url` itself is believed by, where it is one of your own.',
    byDefault: 'empty: those that the system trusts',
  }),
  challenge: option(z.enum(['auto', 'http-01', 'tls-alpn-01']), defaults.web.tls.challenge, {
    kind: 'text',
    accepts: '`auto`, `http-01` or `tls-alpn-01`',
    effect:
      'How the authority sees that the domain is yours, for mode `acme`: `http-01` by port 80, which must lead to `web.http_port` with `web.http_redirect`; `tls-alpn-01` by port 443, which must lead to `web.https_port`; `auto` tries what is possible.',
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
    effect:
      'TCP port of the same in plain HTTP, on the loopback address only; with `web.http_redirect` also of the redirect to HTTPS.',
  }),
  http_redirect: option(z.boolean(), defaults.web.http_redirect, {
    kind: 'flag',
    accepts: '`true` or `false`',
    effect:
      'Whether `web.http_port` answers others than this machine too: with a redirect to HTTPS, with what an ACME authority asks for, and with nothing else.',
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
