import { availableParallelism } from 'node:os'

/**
 * The value of every option that neither the file nor the environment sets. An empty text or list
 * means what the option's description says it means.
 */
export const defaults = {
  public_address: 'auto',
  public_ipv6: 'auto',
  web: {
    https_port: 8444,
    http_port: 8080,
    http_redirect: false,
    proxy_protocol_from: [],
    tls: {
      mode: 'self-signed',
      cert_file: '',
      key_file: '',
      domain: '',
      email: '',
      directory_url: 'https://acme-v02.api.letsencrypt.org/directory',
      directory_ca_file: '',
      challenge: 'auto',
      trusted_proxies: [],
    },
  },
  rtc: {
    udp_port: 8443,
    tcp_port: 8443,
    ice_host_override: '',
    ice_host_port_override: 0,
    stun_servers: [],
    workers: availableParallelism(),
  },
  turn: {
    port: 3478,
    tls_port: 5349,
    realm: '',
    static_auth_secret: '',
    previous_secrets: [],
    credentials_expiration_minutes: 1440,
    relay_port_min: 49152,
    relay_port_max: 65535,
    workers: availableParallelism(),
    peer_policy: 'open',
    allowed_peers: [],
    denied_peers: [],
    static_users: {},
    strict_expiry: false,
    strict_channels: false,
    tcp_relays: false,
    nat_discovery: '',
    proxy_protocol_from: [],
    limits: {
      allocations: 8192,
      allocations_per_user: 32,
      allocations_per_address: 4096,
      bytes_per_second_per_allocation: 0,
      bytes_per_second_per_user: 0,
      bytes_per_day_per_user: 0,
    },
  },
  calls: { max_participants: 0, admission: 'auto' },
  livekit: { keys: {}, webhook: { urls: [] } },
  rtcd: { enabled: true, port: 8045, allow_self_registration: false, admin_secret_key: '' },
  metrics: { allowed_addresses: [] },
  log: { level: 'info' },
} as const
