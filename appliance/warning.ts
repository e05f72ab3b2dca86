/** Something that works but not as well as it should: one sentence, and what to do about it. */
export type Warning = Readonly<{ message: string; fix: string }>
