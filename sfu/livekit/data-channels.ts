import { DataPacket, DataPacket_Kind, type UserPacket } from '@livekit/protocol'
import { type DataDestinations, sendData } from '../room/data.ts'
import type { Participant } from '../room/participant.ts'
import type { DataMessage } from '../room/participant-door.ts'
import type { Room } from '../room/room.ts'
import { TokenBucket } from '../room/token-bucket.ts'
import { clientLimits, dataRates } from './limits.ts'
import type { SignalLink } from './signal-link.ts'

const reliableLabel = '_reliable'
const lossyLabel = '_lossy'

/** Kinds of packets that a server makes, not clients, or that are not for other participants. */
const notPassedOn: ReadonlySet<DataPacket['value']['case']> = new Set(['speaker', 'metrics'])

/** A participant's data channels: what it sends goes to the others, what they send comes to it. */
export class DataChannels {
  readonly #room: Room
  readonly #participant: Participant
  readonly #link: SignalLink
  readonly #messages: TokenBucket
  readonly #bytes: TokenBucket
  readonly #effort: TokenBucket
  /** Reliable messages that came before its channel was open, in order. */
  #early: Uint8Array[] = []
  #earlyBytes = 0
  #lastSequence = 0

  constructor(room: Room, participant: Participant, link: SignalLink) {
    this.#room = room
    this.#participant = participant
    this.#link = link
    this.#messages = new TokenBucket(dataRates.messages, room.clock)
    this.#bytes = new TokenBucket(dataRates.bytes, room.clock)
    this.#effort = new TokenBucket(dataRates.effort, room.clock)
  }

  /** Number of the last reliable packet that was passed on; a resuming client repeats those after it. */
  get lastSequence(): number {
    return this.#lastSequence
  }

  /** Opens the channels to the client and listens to those from it. */
  open(): void {
    const { send, receive } = this.#participant.media
    send.onEvent((event) => {
      if (event.type === 'dataMessage') this.#receive(event.label, event.bytes)
    })
    receive.onEvent((event) => {
      // Some clients send on the connection that the server opened.
      if (event.type === 'dataMessage') this.#receive(event.label, event.bytes)
    })
    this.#openToClient(lossyLabel, false, () => undefined)
    this.#openToClient(reliableLabel, true, () => this.#deliverEarly())
  }

  /** Sends a message of another participant to the client. */
  deliver({ protocol, reliable, bytes }: DataMessage): void {
    if (protocol !== 'livekit' || this.#participant.gone) return
    const { receive } = this.#participant.media
    if (!reliable) {
      receive.sendData(lossyLabel, bytes)
      return
    }
    if (this.#early.length > 0) {
      this.#keepEarly(bytes)
      return
    }
    const result = receive.sendData(reliableLabel, bytes)
    if (result === 'notOpen') this.#keepEarly(bytes)
    if (result === 'overflow') this.#link.end('mediaFailure')
  }

  #openToClient(label: string, reliable: boolean, opened: () => void): void {
    const { receive } = this.#participant.media
    receive.openDataChannel({ label, reliable }).then(opened, (error: unknown) => {
      if (this.#participant.gone) return
      this.#room.log.warn({ participant: this.#participant.sid, err: error }, 'no data channel')
      this.#link.end('mediaFailure')
    })
  }

  #keepEarly(bytes: Uint8Array): void {
    this.#early.push(bytes)
    this.#earlyBytes += bytes.length
    // Somebody who is still connecting misses the oldest, as if it had come a moment later.
    while (this.#earlyBytes > clientLimits.earlyDataBytes) {
      this.#earlyBytes -= this.#early.shift()?.length ?? 0
    }
  }

  #deliverEarly(): void {
    const early = this.#early
    this.#early = []
    this.#earlyBytes = 0
    for (const bytes of early) this.deliver({ protocol: 'livekit', reliable: true, bytes })
  }

  #receive(label: string, bytes: Uint8Array): void {
    const reliable = label === reliableLabel
    if (!reliable && label !== lossyLabel) return
    if (this.#participant.gone || !this.#participant.permissions.canPublishData) return
    if (bytes.length > clientLimits.dataPacketBytes) return
    if (!this.#isWithinRates(bytes)) {
      this.#room.log.debug({ participant: this.#participant.sid }, 'data over the rate limit')
      return
    }
    const { clock } = this.#room
    const beganMs = clock.nowMs()
    const passed = this.#rewrite(bytes, reliable)
    this.#effort.drain(clock.nowMs() - beganMs)
    if (passed === undefined) return
    sendData(this.#room, this.#participant, passed.message, passed.destinations)
  }

  #isWithinRates(bytes: Uint8Array): boolean {
    return !this.#effort.isEmpty() && this.#messages.take() && this.#bytes.take(bytes.length)
  }

  /** The packet as it goes to the others, and to whom; `undefined` when it does not go. */
  #rewrite(
    bytes: Uint8Array,
    reliable: boolean,
  ): Readonly<{ message: DataMessage; destinations: DataDestinations }> | undefined {
    const packet = parsePacket(bytes)
    if (packet === undefined || !this.#mayPass(packet)) return undefined
    if (reliable && !this.#isNew(packet.sequence)) return undefined
    const destinations = stamp(packet, this.#participant, reliable)
    return { message: { protocol: 'livekit', reliable, bytes: packet.toBinary() }, destinations }
  }

  #mayPass(packet: DataPacket): boolean {
    if (packet.value.case === 'transcription') return this.#participant.kind === 'agent'
    return !notPassedOn.has(packet.value.case)
  }

  /** Reliable packets are numbered from 1; a repeated one is dropped. Old clients number none. */
  #isNew(sequence: number): boolean {
    if (sequence === 0) return true
    if (sequence <= this.#lastSequence) return false
    this.#lastSequence = sequence
    return true
  }
}

function parsePacket(bytes: Uint8Array): DataPacket | undefined {
  try {
    return DataPacket.fromBinary(bytes)
  } catch {
    return undefined
  }
}

/** Writes the true sender over whatever the client wrote, and reads to whom the packet goes. */
function stamp(packet: DataPacket, sender: Participant, reliable: boolean): DataDestinations {
  const { hidden } = sender.permissions
  packet.kind = reliable ? DataPacket_Kind.RELIABLE : DataPacket_Kind.LOSSY
  packet.participantSid = hidden ? '' : sender.sid
  packet.participantIdentity = hidden ? '' : sender.identity
  if (packet.value.case !== 'user') return { identities: packet.destinationIdentities, sids: [] }
  return stampUser(packet, packet.value.value)
}

function stampUser(packet: DataPacket, user: UserPacket): DataDestinations {
  user.participantSid = packet.participantSid
  user.participantIdentity = packet.participantIdentity
  const identities = [...new Set([...packet.destinationIdentities, ...user.destinationIdentities])]
  packet.destinationIdentities = identities
  user.destinationIdentities = identities
  return { identities, sids: user.destinationSids }
}
