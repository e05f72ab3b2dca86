/** A stretch of text, from position `at`, that is a web address or is not. */
export type TextPart = Readonly<{ at: number; text: string; isLink: boolean }>

/** Splits a message into plain text and web addresses (http and https only, without final punctuation). */
export function splitLinks(text: string): readonly TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]']/gi)) {
    if (match.index > end)
      parts.push({ at: end, text: text.slice(end, match.index), isLink: false })
    parts.push({ at: match.index, text: match[0], isLink: true })
    end = match.index + match[0].length
  }
  if (end < text.length) parts.push({ at: end, text: text.slice(end), isLink: false })
  return parts
}
