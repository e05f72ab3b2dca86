/** Names of fields whose values nobody may read in a log, whatever its level. */
const SECRET_NAMES =
  /^(authorization|cookie|set-cookie|password|secret|static_auth_secret|staticAuthSecret|token|accessToken|access_token|apiToken|credential|privateKey)$|(Secret|Password|Token|Credential)$/

/** Names of fields that hold addresses of clients or peers; own addresses go by other names. */
const ADDRESS_NAMES =
  /^(ip|address|client|peer|from|remote|relayed)$|^(remote|client|peer)(Ip|Address|Port)$/

/** Names of fields that hold the appliance's own addresses, which are no secret. */
const OWN_ADDRESS_NAMES = /^(listen|listening)$/

/** Access tokens in texts, alone (JWT, whose header is short: no text takes long) or as a parameter of a URL. */
const TOKEN_TEXT =
  /\beyJ[\w-]{8,1000}\.[\w-]+\.[\w-]+|([?&](?:token|access_token|code|password|key|api)=)[^&\s"']+/g

const HIDDEN = '[redacted]'
const MAX_DEPTH = 5

/** Returns the fields of a log line without secrets, and without clients' addresses if asked. */
export function redactFields(
  fields: object,
  options: Readonly<{ hideAddresses: boolean }>,
): Record<string, unknown> {
  return redactObject(fields, options.hideAddresses, 0)
}

/** Returns a text without the access tokens in it. */
export function redactText(text: string): string {
  return text.replace(TOKEN_TEXT, (_match, parameter?: string) => `${parameter ?? ''}${HIDDEN}`)
}

function redactObject(
  fields: object,
  hideAddresses: boolean,
  depth: number,
): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    const hideInside = hideAddresses && !OWN_ADDRESS_NAMES.test(name)
    const hidden = SECRET_NAMES.test(name) || (hideInside && ADDRESS_NAMES.test(name))
    shown[name] = hidden && value !== undefined ? HIDDEN : redactValue(value, hideInside, depth)
  }
  return shown
}

function redactValue(value: unknown, hideAddresses: boolean, depth: number): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return describeError(value)
  if (depth >= MAX_DEPTH || ArrayBuffer.isView(value)) return '[...]'
  if (Array.isArray(value)) {
    return value.map((item) => redactValue(item, hideAddresses, depth + 1))
  }
  return redactObject(value, hideAddresses, depth + 1)
}

function describeError(error: Error): object {
  const stack = error.stack === undefined ? undefined : redactText(error.stack)
  return { type: error.name, message: redactText(error.message), stack }
}
