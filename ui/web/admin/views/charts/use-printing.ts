import { useEffect, useState } from 'preact/hooks'

/**
 * Whether the page is being printed. While it is, the root says so in `data-printing`: canvases are
 * drawn before the browser turns to the style sheet of paper, and paper is light.
 */
export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false)
  useEffect(() => {
    const turn = (on: boolean) => {
      document.documentElement.toggleAttribute('data-printing', on)
      setPrinting(on)
    }
    const over = new AbortController()
    const { signal } = over
    const paper = matchMedia('print')
    addEventListener('beforeprint', () => turn(true), { signal })
    addEventListener('afterprint', () => turn(false), { signal })
    paper.addEventListener('change', ({ matches }) => turn(matches), { signal })
    return () => {
      over.abort()
      document.documentElement.removeAttribute('data-printing')
    }
  }, [])
  return isPrinting
}
