const refused =
  /[\p{Cc}\p{Cs}\p{Cn}\p{Co}\p{Default_Ignorable_Code_Point}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/u
const spaces = /\p{Zs}/gu

/**
 * A name or password as two people type it alike: other spaces become the space, accents are composed (OpaqueString,
 * RFC 8265 §4.2). Undefined for the empty text and for characters that profile refuses; joiners are refused also where
 * it admits them by context.
 */
export function opaqueString(text: string): string | undefined {
  const prepared = text.replace(spaces, ' ').normalize('NFC')
  return prepared === '' || refused.test(prepared) ? undefined : prepared
}
