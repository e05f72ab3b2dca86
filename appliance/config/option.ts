import { z } from 'zod'
import { isCidr } from './values.ts'

/** How an environment variable's text becomes the option's value. */
export type OptionKind = 'text' | 'number' | 'flag' | 'list' | 'map'

/** What people are told about an option. */
export type OptionText = Readonly<{
  kind: OptionKind
  /** Which values it takes; completes "it takes ...". */
  accepts: string
  /** What the value changes. */
  effect: string
  unit?: string
  /** Shown instead of the default when the default is computed or empty. */
  byDefault?: string
  /** The name of the same setting in Mattermost's System Console. */
  mattermost?: string
  secret?: true
  /** Set when this version does not act on the option; only the default is accepted. */
  notYet?: string
}>

/** Finds the text of an option by its schema. */
export const optionTexts = z.registry<OptionText>()

/** Gives a type its default and its text. */
export function option<T extends z.ZodType>(
  type: T,
  byDefault: z.util.NoUndefined<z.output<T>>,
  text: OptionText,
): z.ZodDefault<T> {
  const made = type.default(byDefault)
  optionTexts.add(made, text)
  return made
}

/** An option that takes a port. */
export function portOption(byDefault: number, text: Omit<OptionText, 'kind' | 'accepts'>) {
  const type = z.int().min(1).max(65535)
  return option(type, byDefault, { kind: 'number', accepts: 'a port from 1 to 65535', ...text })
}

/** Refuses texts with white space inside. */
export const noSpaces = (text: string): boolean => !/\s/.test(text)

/** A list of addresses or ranges. */
export const cidrs = z.array(z.string().refine(isCidr)).max(1000).readonly()

/** What a list of addresses or ranges accepts, in words. */
export const CIDRS = 'a list of IP addresses or CIDRs such as 10.0.0.0/8'
