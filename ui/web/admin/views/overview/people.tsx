import type { ConnectStatus, DirectionQuality, Spread, Status } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { admissionWords, limitWords, moreWords } from '../../state/capacity-wording.ts'
import { formatCount, formatMs, formatPercent } from '../../state/format.ts'
import { PATH_ORDER, shortPath } from '../../state/wording.ts'
import { widthOf } from './bars.tsx'

/** How many more people the machine carries, and whom it lets in. */
export function CapacityCard({ status: { capacity } }: { status: Status }) {
  const { tone, word, text } = admissionWords(capacity)
  const { refused, basis } = capacity
  const figures = [
    ['listeners', 'more listeners', capacity.listeners],
    ['speakers', 'or speakers', capacity.speakers],
    ['screens', 'or screens', capacity.screens],
  ] as const
  return (
    <section class="card machine" aria-labelledby="capacity-title" data-testid="capacity">
      <div class="card-head">
        <h2 id="capacity-title">Capacity</h2>
        <span class={`badge ${tone}`}>
          <Icon name={tone === 'ok' ? 'check' : 'alert'} size={13} />
          {word}
        </span>
      </div>
      <dl class="room-for">
        {figures.map(([id, name, more]) => (
          <div key={id} title={more === undefined ? 'Not measured yet.' : undefined}>
            <dd class="figure figures">{moreWords(more)}</dd>
            <dt class="soft small">{name}</dt>
          </div>
        ))}
      </dl>
      {text !== '' && <p>{text}</p>}
      <p class="soft small">
        {limitWords(capacity)} {basis}
        {refused.video + refused.joins > 0 &&
          ` Refused since the start: ${formatCount(refused.video, 'video', 'videos')}, ${formatCount(refused.joins, 'person', 'people')}.`}
      </p>
    </section>
  )
}

/** How media travels, as a bar and in figures. */
export function Paths({ status: { paths } }: { status: Status }) {
  const all = PATH_ORDER.reduce((sum, path) => sum + paths[path], 0)
  return (
    <section class="card machine" aria-labelledby="paths-title" data-testid="paths">
      <div class="card-head">
        <h2 id="paths-title">Paths</h2>
        <p class="soft small figures">
          {paths.ipv4} on IPv4, {paths.ipv6} on IPv6
          {paths.connecting > 0 && `, ${paths.connecting} connecting`}
        </p>
      </div>
      <div class="mix" aria-hidden="true">
        {PATH_ORDER.filter((path) => paths[path] > 0).map((path) => (
          <span
            key={path}
            class={`mix-part ${path}`}
            style={{ width: widthOf((100 * paths[path]) / all) }}
          />
        ))}
      </div>
      <dl class="mix-legend figures">
        {PATH_ORDER.map((path) => (
          <div key={path} class={paths[path] === 0 ? 'soft' : ''}>
            <dt class="small">
              <span class={`swatch ${path}`} aria-hidden="true" />
              {shortPath(path)}
            </dt>
            <dd>
              {paths[path]}
              {all > 0 && paths[path] > 0 && (
                <span class="soft small"> {formatPercent((100 * paths[path]) / all)}</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

const MEASURES = [
  ['lossPercent', 'Loss', formatPercent],
  ['jitterMs', 'Jitter', formatMs],
  ['rttMs', 'Round trip', formatMs],
] as const satisfies readonly (readonly [keyof DirectionQuality, string, unknown])[]

const UNMEASURED = 'Nobody is measured at present.'

/** Loss, jitter and round trip both ways, and how connecting goes. */
export function Quality({ status: { quality, connects } }: { status: Status }) {
  const spread = (value: Spread | undefined, part: keyof Spread, format: (n: number) => string) => (
    <td class="number" title={value ? undefined : UNMEASURED}>
      {value ? format(value[part]) : '–'}
    </td>
  )
  return (
    <section class="card machine" aria-labelledby="quality-title" data-testid="quality">
      <h2 id="quality-title">Quality</h2>
      <table class="table spread">
        <thead>
          <tr>
            <td />
            <th scope="colgroup" colSpan={2} class="number">
              From people
            </th>
            <th scope="colgroup" colSpan={2} class="number">
              To people
            </th>
          </tr>
          <tr>
            <td />
            {['up', 'down'].flatMap((way) => [
              <th key={`${way} p50`} scope="col" class="number" title="For half it is no higher.">
                half
              </th>,
              <th
                key={`${way} p95`}
                scope="col"
                class="number"
                title="For all but the worst twentieth it is no higher."
              >
                95 %
              </th>,
            ])}
          </tr>
        </thead>
        <tbody>
          {MEASURES.map(([id, name, format]) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              {spread(quality.up[id], 'p50', format)}
              {spread(quality.up[id], 'p95', format)}
              {spread(quality.down[id], 'p50', format)}
              {spread(quality.down[id], 'p95', format)}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="small figures" data-testid="connects">
        {unbroken(connectWords(connects))}
      </p>
    </section>
  )
}

/** A figure does not leave its unit on another line. */
function unbroken(text: string): string {
  return text.replaceAll(/(\d) (?=%|m?s\b)/g, '$1\u00a0')
}

function connectWords({ attempts, failures, connectMs }: ConnectStatus): string {
  if (attempts === 0) return 'Nobody has connected in the last hour.'
  const came = attempts - failures
  const share = formatPercent((100 * came) / attempts)
  const time = connectMs
    ? ` Half took no longer than ${formatMs(connectMs.p50)}, 95 % no longer than ${formatMs(connectMs.p95)}.`
    : ''
  return `In the last hour ${came} of ${formatCount(attempts, 'connection', 'connections')} came to be (${share}).${time}`
}
