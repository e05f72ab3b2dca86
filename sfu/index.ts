export type { Admit } from './livekit/admission.ts'
export { MediaError } from './media/errors.ts'
export { createSfu, type Sfu, type SfuOptions } from './sfu.ts'
export type { RoomSnapshot } from './snapshot.ts'
