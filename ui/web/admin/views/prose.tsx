/** A sentence of the server, in which backticks mark what is code. */
export function Prose({ text }: { text: string }) {
  const parts = text.split('`')
  return (
    <>{parts.map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part))}</>
  )
}
