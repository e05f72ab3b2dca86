/** What `sdk` may say that is not the name that people know. */
const libraries: ReadonlyMap<string, string> = new Map([
  ['js', 'livekit-client'],
  ['node', 'LiveKit Node'],
  ['rust', 'LiveKit Rust'],
  ['go', 'LiveKit Go'],
  ['python', 'LiveKit Python'],
  ['swift', 'LiveKit Swift'],
  ['android', 'LiveKit Android'],
  ['flutter', 'LiveKit Flutter'],
  ['reactnative', 'LiveKit React Native'],
])

/** The name in a User-Agent, and what it is called; the first that is found counts, as many claim to be others. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/Edg(?:A|iOS)?\/(\d+)/, 'Edge'],
  [/OPR\/(\d+)/, 'Opera'],
  [/(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/(?:Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/Version\/(\d+).*Safari\//, 'Safari'],
]

const systems: readonly (readonly [RegExp, string])[] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Macintosh|Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

const maxPart = 40

/**
 * Names a client's software by what it says of itself in its request to join, else by its User-Agent:
 * `livekit-client 2.23.0, Chrome 156, Linux`. `undefined` when neither says anything.
 */
export function clientName(
  parameters: URLSearchParams,
  userAgent: string | undefined,
): string | undefined {
  const sdk = plain(parameters.get('sdk'))
  const parts = [
    versioned(sdk && (libraries.get(sdk) ?? sdk), plain(parameters.get('version'))),
    versioned(plain(parameters.get('browser')), plain(parameters.get('browser_version'))) ??
      browserOf(userAgent ?? ''),
    plain(parameters.get('os')) ?? systemOf(userAgent ?? ''),
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : parts.join(', ')
}

function versioned(name: string | undefined, version: string | undefined): string | undefined {
  return name && (version ? `${name} ${version}` : name)
}

function browserOf(userAgent: string): string | undefined {
  for (const [pattern, name] of browsers) {
    const version = pattern.exec(userAgent)?.[1]
    if (version !== undefined) return `${name} ${version}`
  }
  return undefined
}

function systemOf(userAgent: string): string | undefined {
  return systems.find(([pattern]) => pattern.test(userAgent))?.[1]
}

/** Text of a stranger, fit to be shown: short, and of letters, digits and what stands in versions. */
function plain(text: string | null): string | undefined {
  return (
    text
      ?.replace(/[^\w .+-]/g, '')
      .trim()
      .slice(0, maxPart) || undefined
  )
}
