import type { Status } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { formatBytes } from '../../state/format.ts'
import { type Judged, judgeCertificate, judgeDisk, judgeKernel } from '../../state/judgement.ts'
import type { Route } from '../../state/route.ts'
import { addressWords } from '../../state/wording.ts'
import { SectionLink } from '../section-link.tsx'

/** The box itself: services, address, certificate, disk. */
export function Server({ status, route }: Readonly<{ status: Status; route: Route }>) {
  const { address } = status
  return (
    <section class="card machine" aria-labelledby="machine-title">
      <h2 id="machine-title">Server</h2>
      <Services status={status} />
      <dl class="fact-lines" data-testid="server-facts">
        <div>
          <dt>Public address</dt>
          <dd>
            <strong class="address">{address.announced}</strong>
            {address.ip !== address.announced && <span class="address"> {address.ip}</span>}
            {address.ipv6 !== undefined && <span class="address"> {address.ipv6}</span>}
            <span class="soft small"> {addressWords(address)}</span>
          </dd>
        </div>
        <JudgedFact judged={judgeCertificate(status)}>
          <SectionLink route={route} to="certificate" class="small">
            Change it
          </SectionLink>
        </JudgedFact>
        <JudgedFact judged={judgeDisk(status)} />
      </dl>
    </section>
  )
}

type JudgedFactProps = Readonly<{ judged: Judged; children?: preact.ComponentChildren }>

function JudgedFact({ judged, children }: JudgedFactProps) {
  return (
    <div title={judged.title} data-testid={`fact-${judged.id}`}>
      <dt>{judged.name}</dt>
      <dd class="figures">
        {judged.value} <Judgement judged={judged} /> {children}
      </dd>
    </div>
  )
}

function Services({ status: { services } }: { status: Status }) {
  return (
    <ul class="services" aria-label="Services">
      {services.map(({ name, ok, detail }) => (
        <li key={name}>
          <span class={`badge ${ok ? 'ok' : 'bad'}`}>
            <Icon name={ok ? 'check' : 'alert'} size={13} />
            {ok ? 'Works' : 'Fails'}
          </span>
          <span>
            <strong>{name}</strong> <span class="soft">{detail}</span>
          </span>
        </li>
      ))}
    </ul>
  )
}

/** What the kernel says of packets and limits, each with a word of judgement. */
export function Kernel({ status: { kernel } }: { status: Status }) {
  const buffers = [
    ['Largest receive buffer', kernel.rmemMaxBytes],
    ['Largest send buffer', kernel.wmemMaxBytes],
  ] as const
  return (
    <section class="card machine" aria-labelledby="kernel-title">
      <h2 id="kernel-title">Kernel</h2>
      <table class="table judged" data-testid="kernel">
        <thead class="visually-hidden">
          <tr>
            <th scope="col">What</th>
            <th scope="col">Figure</th>
            <th scope="col">Judgement</th>
          </tr>
        </thead>
        <tbody>
          {judgeKernel(kernel).map((judged) => (
            <tr key={judged.id} title={judged.title} data-testid={`kernel-${judged.id}`}>
              <th scope="row">{judged.name}</th>
              <td class="number">{judged.value}</td>
              <td>
                <Judgement judged={judged} />
              </td>
            </tr>
          ))}
          {buffers.map(([name, bytes]) => (
            <tr key={name} title={bytes === 0 ? 'The system hides it.' : undefined}>
              <th scope="row">{name}</th>
              <td class="number">{bytes === 0 ? '–' : formatBytes(bytes)}</td>
              <td />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Judgement({ judged: { tone, word } }: { judged: Judged }) {
  if (tone === undefined) return <span class="soft small">{word}</span>
  return (
    <span class={`judgement small ${tone}`}>
      <Icon name={tone === 'ok' ? 'check' : 'alert'} size={13} />
      {word}
    </span>
  )
}
