/** A paragraph of one of Debian's control files, by field (deb822(5)). */
export type Paragraph = ReadonlyMap<string, string>

/** Reads the paragraphs of a control file; continued lines keep their line breaks. */
export function parseParagraphs(text: string): Paragraph[] {
  const blocks = text.split(/\n(?:[ \t]*\n)+/).filter((block) => block.trim() !== '')
  return blocks.map((block) => {
    const fields = block.matchAll(/^([^\s:#][^\s:]*):[ \t]*(.*(?:\n[ \t].*)*)/gm)
    return new Map(Array.from(fields, ([, name = '', value = '']) => [name, value]))
  })
}
