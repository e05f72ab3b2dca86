import { lookup } from 'node:dns/promises'
import type { Sfu } from '#sfu'
import type { ConnectAdmin } from '#ui'
import { createConnectAdmin } from '../connect/connect-admin.ts'
import { relayFamilies } from '../network-plan.ts'
import { SELF_TEST_USER } from '../relay/turn-admin.ts'
import type { Ground } from './ground.ts'
import { testedDoors } from './relay.ts'
import { echoAddress } from './turn.ts'

/** How long a browser may take to try a call. */
const TRIAL_SECONDS = 120

/** Joins what the page "Connect" shows and tries. */
export function assembleConnect(ground: Ground, sfu: Sfu): ConnectAdmin {
  const { plan, echo, secrets, turnSecrets, certificates, livekitKeys } = ground
  return createConnectAdmin({
    keys: livekitKeys,
    issueTrialToken: (room, identity) =>
      sfu.createToken({
        room,
        identity,
        name: '',
        lifetimeSeconds: TRIAL_SECONDS,
        grant: { hidden: true, canPublish: false, canPublishData: true },
      }),
    about: {
      host: plan.ice.host,
      ip: plan.relayIp,
      ipv6: plan.ipv6,
      publicOrigin: plan.publicOrigin,
      doors: (ip) => testedDoors(ground, ip),
      echo,
      echoAnnounced: echoAddress(plan, echo),
      family: relayFamilies(plan)[0],
      turnSecret: () => turnSecrets.current(),
      testUser: SELF_TEST_USER,
      apiKey: secrets.turnApiKey,
      livekitKey: () => livekitKeys.current(),
      certificate: () => certificates?.keyPair().cert,
      certificateSource: () => certificates?.source() ?? 'self-signed',
      certificateLife: () => certificates?.life(),
      lookup: async (host) => {
        const found = await lookup(host, { all: true, order: 'ipv4first' })
        return found.map(({ address }) => address)
      },
      nowMs: Date.now,
    },
  })
}
