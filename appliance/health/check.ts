/** `ok`; `warning`: works, but not well; `problem`: will not work; `unknown`: cannot be told here. */
export type Verdict = 'ok' | 'warning' | 'problem' | 'unknown'

/** One fact about the machine or the configuration, what it means, and what to do if it is not well. */
export type Check = Readonly<{ name: string; verdict: Verdict; fact: string; fix?: string }>
