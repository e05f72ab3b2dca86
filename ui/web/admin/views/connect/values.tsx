import type { ConnectDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import {
  KEY_PLACEHOLDER,
  LIVEKIT_PLACEHOLDER,
  type Product,
  SECRET_PLACEHOLDER,
  type Snippet,
  type SnippetFacts,
} from '../../snippets/snippet.ts'
import type { ConnectPage } from '../../state/connect-page.ts'
import type { TurnPage } from '../../state/turn-page.ts'
import { CopyButton } from '../copy-button.tsx'
import { Prose } from '../prose.tsx'
import { RevealValues } from './reveal-values.tsx'

type Props = Readonly<{
  connect: ConnectPage
  turn: TurnPage
  details: ConnectDetails
  product: Product
}>

/** The settings of one product, ready to copy, one by one and all at once. */
export function Values({ connect, turn, details, product }: Props) {
  const facts = factsOf(connect, turn, details)
  const tlsProblem = facts?.urls.tlsProblem
  return (
    <div id="snippets" class="stack" role="tabpanel" aria-labelledby={`tab-${product.id}`}>
      <p class="prose">{product.lead}</p>
      {product.limits !== undefined && (
        <p class="notice" data-testid="limits">
          <Icon name="alert" />
          <span>{product.limits}</span>
        </p>
      )}
      {tlsProblem !== undefined && (
        <p class="notice warn">
          <Icon name="alert" />
          <span>
            <Prose text={tlsProblem} />
            {product.uses.includes('turn') &&
              ' The addresses below that begin with “turns:” work once that is repaired; the others do now.'}
          </span>
        </p>
      )}
      {facts ? (
        <Snippets product={product} facts={facts}>
          <RevealValues connect={connect} turn={turn} details={details} product={product} />
        </Snippets>
      ) : (
        <p class="soft">{turn.problem.value ?? 'One moment …'}</p>
      )}
    </div>
  )
}

type SnippetsProps = Readonly<{
  product: Product
  facts: SnippetFacts
  children: preact.ComponentChildren
}>

function Snippets({ product, facts, children }: SnippetsProps) {
  const snippets = product.snippets(facts)
  const values = Object.fromEntries(snippets.map(({ setting, text }) => [setting, text]))
  const asText = snippets.map(({ setting, text }) => `# ${setting}\n${text}\n`).join('\n')
  return (
    <>
      <div class="copy-line">
        {children}
        <CopyButton text={asText} label="Copy all as text" />
        <CopyButton text={JSON.stringify(values, null, 2)} label="Copy all as JSON" />
      </div>
      {snippets.map((snippet) => (
        <Text key={`${product.id} ${snippet.setting}`} snippet={snippet} />
      ))}
    </>
  )
}

function Text({ snippet: { setting, text, hint } }: { snippet: Snippet }) {
  return (
    <div class="snippet" data-testid="snippet">
      <div class="snippet-head">
        <h3>{setting}</h3>
        <CopyButton text={text} label="Copy" of={setting} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre class="snippet-text" tabIndex={0}>
        <code>{text}</code>
      </pre>
      {hint !== undefined && <p class="soft small prose">{hint}</p>}
    </div>
  )
}

function factsOf(
  connect: ConnectPage,
  turn: TurnPage,
  { livekitUrl, callPageUrl, keys }: ConnectDetails,
): SnippetFacts | undefined {
  const urls = turn.details.value?.urls
  if (!urls) return undefined
  const shown = turn.secret.value
  const key = keys[0]?.key ?? ''
  const livekit = connect.secret.value
  return {
    urls,
    callPageUrl,
    secret: shown?.secret ?? SECRET_PLACEHOLDER,
    apiKey: shown?.apiKey ?? KEY_PLACEHOLDER,
    livekit: {
      url: livekitUrl,
      key,
      secret: livekit?.key === key ? livekit.secret : LIVEKIT_PLACEHOLDER,
    },
  }
}
