/** Where clients ask why they were refused: a WebSocket's refusal hides its words from pages. */
export const validatePath = '/rtc/validate'

/** What somebody asks for. `validate` follows a refused `join`, to learn the reason. */
export type AdmissionRequest = Readonly<{ kind: 'join' | 'validate' | 'video'; room: string }>

/** Answers why not, in a sentence for the person; `undefined` when they may. */
export type Admit = (request: AdmissionRequest) => string | undefined

/** Where nobody decides. */
export const admitEverybody: Admit = () => undefined
