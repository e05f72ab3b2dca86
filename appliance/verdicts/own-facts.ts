/** What is known of our own side when calls are judged. */
export type OwnFacts = Readonly<{
  /** Where media and relays are reached: `udp` and `tcp` as announced for media. */
  ports: Readonly<{ udp: number; tcp: number; turn: number }>
  /** Why our own machine cannot keep up, each completing "… because"; empty while it can. */
  strain: readonly string[]
  /** Relays refused of late because there was no room for more. */
  relaysRefused: number
}>
