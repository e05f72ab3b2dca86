import { isIP } from 'node:net'
import { z } from 'zod'
import { defaults } from './defaults.ts'
import { option, portOption } from './option.ts'
import { isHostName, isMailAddress, isWebhookUrl } from './values.ts'

const webhooks = z.array(z.string().max(2000).refine(isWebhookUrl)).max(10).readonly()
const percent = z.int().min(1).max(100)

const smtp = z.object({
  host: option(
    z.string().refine((text) => text === '' || isIP(text) !== 0 || isHostName(text)),
    defaults.alerts.smtp.host,
    {
      kind: 'text',
      accepts: 'a host name or an IP address',
      effect: 'The mail server that alerts are handed to.',
      byDefault: 'empty: no mail is sent',
    },
  ),
  port: portOption(defaults.alerts.smtp.port, {
    effect: 'Its port: 587 with `starttls`, 465 with `tls`, 25 with `none` as a rule.',
  }),
  tls: option(z.enum(['starttls', 'tls', 'none']), defaults.alerts.smtp.tls, {
    kind: 'text',
    accepts: '`starttls`, `tls` or `none`',
    effect:
      'How the connection is encrypted: `starttls` begins in plain and goes on only if the server takes up TLS; `tls` begins with it; `none` sends everything in plain, which is for a mail server on this machine. The certificate must be one that this system trusts.',
  }),
  user: option(z.string().max(256), defaults.alerts.smtp.user, {
    kind: 'text',
    accepts: 'a name of at most 256 characters',
    effect: 'The name to log in with.',
    byDefault: 'empty: no log-in',
  }),
  password: option(z.string().max(256), defaults.alerts.smtp.password, {
    kind: 'text',
    accepts: 'at most 256 characters',
    effect: 'The password to log in with.',
    byDefault: 'empty',
    secret: true,
  }),
  from: option(
    z.string().refine((text) => text === '' || isMailAddress(text)),
    defaults.alerts.smtp.from,
    {
      kind: 'text',
      accepts: 'an e-mail address',
      effect: 'The sender. The mail server must admit it.',
      byDefault: 'empty',
    },
  ),
  to: option(
    z.array(z.string().refine(isMailAddress)).max(20).readonly(),
    defaults.alerts.smtp.to,
    {
      kind: 'list',
      accepts: 'a list of up to 20 e-mail addresses',
      effect: 'Who gets the alerts.',
      byDefault: 'empty',
    },
  ),
})

/** `alerts.*`: what is told, and to whom. */
export const alerts = z.object({
  mattermost_webhooks: option(webhooks, defaults.alerts.mattermost_webhooks, {
    kind: 'list',
    accepts: 'a list of up to 10 http or https URLs',
    effect: 'Incoming webhooks of Mattermost that alerts are posted to.',
    byDefault: 'empty',
    secret: true,
  }),
  webhooks: option(webhooks, defaults.alerts.webhooks, {
    kind: 'list',
    accepts: 'a list of up to 10 http or https URLs',
    effect: 'Webhooks that alerts are posted to as JSON, whose members OPERATIONS.md lists.',
    byDefault: 'empty',
    secret: true,
  }),
  smtp: smtp.prefault({}),
  cpu_percent: option(percent, defaults.alerts.cpu_percent, {
    kind: 'number',
    accepts: 'a number from 1 to 100',
    unit: 'percent',
    effect: 'How busy all cores together may be before it is an alert.',
  }),
  loss_percent: option(z.number().min(0.1).max(100), defaults.alerts.loss_percent, {
    kind: 'number',
    accepts: 'a number from 0.1 to 100',
    unit: 'percent',
    effect: 'How many packets the worst twentieth of people may lose.',
  }),
  rtt_ms: option(z.int().min(10).max(10_000), defaults.alerts.rtt_ms, {
    kind: 'number',
    accepts: 'a number from 10 to 10000',
    unit: 'milliseconds',
    effect: 'How long the round trip of the worst twentieth of people may be.',
  }),
  disk_percent: option(percent, defaults.alerts.disk_percent, {
    kind: 'number',
    accepts: 'a number from 1 to 100',
    unit: 'percent',
    effect: 'How full the disk of the data directory may be.',
  }),
  certificate_days: option(z.int().min(1).max(90), defaults.alerts.certificate_days, {
    kind: 'number',
    accepts: 'a number from 1 to 90',
    unit: 'days',
    effect: 'How many days of its life a certificate must have left.',
  }),
})
