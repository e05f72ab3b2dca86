/** Puts the keyboard at the beginning of what a part of the page says. */
export function focusMain(options?: FocusOptions): void {
  const main = document.querySelector('main')
  if (!main) return
  main.tabIndex = -1
  main.focus(options)
}

/**
 * Puts it there too when what it was on has gone from the page, as the button of a removed row: from the body, Tab
 * would begin with the navigation again. Answers what ends that.
 */
export function keepFocusOnPage(): () => void {
  let last: Element | undefined
  const note = ({ target }: FocusEvent) => {
    if (target instanceof Element) last = target
  }
  const mend = () => {
    if (last === undefined || last.isConnected) return
    last = undefined
    if (document.activeElement === document.body) focusMain({ preventScroll: true })
  }
  const observer = new MutationObserver(mend)
  observer.observe(document.body, { childList: true, subtree: true })
  document.addEventListener('focusin', note)
  return () => {
    observer.disconnect()
    document.removeEventListener('focusin', note)
  }
}
