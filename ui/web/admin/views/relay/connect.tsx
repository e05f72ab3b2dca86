import { useRef, useState } from 'preact/hooks'
import type { TurnDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { PRODUCTS } from '../../snippets/products.ts'
import {
  KEY_PLACEHOLDER,
  type Product,
  SECRET_PLACEHOLDER,
  type Snippet,
  type SnippetFacts,
} from '../../snippets/snippet.ts'
import type { TurnPage } from '../../state/turn-page.ts'
import { CopyButton } from '../copy-button.tsx'
import { Prose } from '../prose.tsx'
import { RevealButton } from './reveal.tsx'

type Props = Readonly<{ turn: TurnPage; details: TurnDetails }>

/** The settings of chat servers, ready to copy. */
export function Connect({ turn, details }: Props) {
  const [id, setId] = useState(PRODUCTS[0]?.id ?? '')
  const product = PRODUCTS.find((each) => each.id === id)
  const secret = turn.secret.value
  const facts: SnippetFacts = {
    urls: details.urls,
    secret: secret?.secret ?? SECRET_PLACEHOLDER,
    apiKey: secret?.apiKey ?? KEY_PLACEHOLDER,
  }
  return (
    <section class="card stack" id="connect" aria-labelledby="connect-title" data-testid="connect">
      <div class="card-head">
        <h2 id="connect-title">Connect your chat server</h2>
        <RevealButton turn={turn} />
      </div>
      {!secret && (
        <p class="soft">
          Reveal the secrets first: until then the texts have placeholders in their place.
        </p>
      )}
      {details.urls.tlsProblem !== undefined && (
        <p class="notice warn">
          <Icon name="alert" />
          <span>
            <Prose text={details.urls.tlsProblem} /> The addresses below that begin with “turns:”
            work once that is repaired; the others do now.
          </span>
        </p>
      )}
      <Tabs chosen={id} onChoose={setId} />
      {product && <Panel product={product} facts={facts} />}
    </section>
  )
}

type TabsProps = Readonly<{ chosen: string; onChoose: (id: string) => void }>

function Tabs({ chosen, onChoose }: TabsProps) {
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent) => {
    const index = PRODUCTS.findIndex(({ id }) => id === chosen)
    const next = neighbour(event.key, index, PRODUCTS.length)
    const product = next === undefined ? undefined : PRODUCTS[next]
    if (!product) return
    event.preventDefault()
    onChoose(product.id)
    list.current?.querySelector<HTMLElement>(`#tab-${product.id}`)?.focus()
  }
  return (
    <div ref={list} class="tabs" role="tablist" aria-label="Product" onKeyDown={move}>
      {PRODUCTS.map(({ id, name }) => (
        <button
          key={id}
          id={`tab-${id}`}
          type="button"
          role="tab"
          class="tab"
          aria-selected={id === chosen}
          aria-controls="snippets"
          tabIndex={id === chosen ? 0 : -1}
          onClick={() => onChoose(id)}
        >
          {name}
        </button>
      ))}
    </div>
  )
}

function neighbour(key: string, index: number, count: number): number | undefined {
  if (key === 'ArrowRight') return (index + 1) % count
  if (key === 'ArrowLeft') return (index + count - 1) % count
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : undefined
}

function Panel({ product, facts }: Readonly<{ product: Product; facts: SnippetFacts }>) {
  return (
    <div id="snippets" class="stack" role="tabpanel" aria-labelledby={`tab-${product.id}`}>
      <p class="prose">{product.lead}</p>
      {product.snippets(facts).map((snippet) => (
        <Text key={`${product.id} ${snippet.setting}`} snippet={snippet} />
      ))}
    </div>
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
