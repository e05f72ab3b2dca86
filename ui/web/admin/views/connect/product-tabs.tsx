import { useRef } from 'preact/hooks'
import { PRODUCTS } from '../../snippets/products.ts'

export type ProductTabsProps = Readonly<{ chosen: string; onChoose: (id: string) => void }>

/** The products; what belongs to the chosen one is the panel `snippets`. */
export function ProductTabs({ chosen, onChoose }: ProductTabsProps) {
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
