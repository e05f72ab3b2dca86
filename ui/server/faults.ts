import type { ApiError } from '#api'

/** Every refusal the API knows: HTTP status, and a sentence that says what to do. */
export const FAULTS = {
  NOT_FOUND: { status: 404, message: 'There is nothing at this address.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'This address does not take that method.' },
  BODY_NOT_JSON: {
    status: 415,
    message: 'Send the request body as JSON, with Content-Type: application/json.',
  },
  BODY_TOO_LARGE: { status: 413, message: 'The request body is larger than 64 kB.' },
  BODY_MALFORMED: { status: 400, message: 'The request body is not valid JSON.' },
  INPUT_INVALID: { status: 400, message: 'A field is missing or has a value that is not allowed.' },
  URL_MALFORMED: { status: 400, message: 'The address of the request is malformed.' },
  CROSS_ORIGIN: {
    status: 403,
    message: 'This request came from another web site. Open the page of this server and try again.',
  },
  CSRF_MISMATCH: {
    status: 403,
    message: 'This page is out of date. Reload it and try again.',
  },
  LOGIN_REQUIRED: { status: 401, message: 'Log in as admin first.' },
  PASSWORD_WRONG: { status: 401, message: 'That password is not right.' },
  PASSWORD_TOO_SHORT: { status: 400, message: 'The password needs at least 10 characters.' },
  PASSWORD_TOO_LONG: { status: 400, message: 'The password may have at most 256 characters.' },
  SETUP_REQUIRED: {
    status: 409,
    message: 'No admin password is set. Open the set-up link that the server printed at its start.',
  },
  SETUP_CODE_INVALID: {
    status: 403,
    message:
      'This set-up link is not valid. Each start of the server prints a new one: use the latest.',
  },
  SETUP_DONE: {
    status: 409,
    message: 'The admin password is already set, and the set-up link works once. Log in instead.',
  },
  TOO_MANY_ATTEMPTS: { status: 429, message: 'Too many attempts.' },
  JOIN_LINK_NEEDED: {
    status: 403,
    message:
      'You need a join link for this call. Ask the person who invited you, or log in as admin.',
  },
  BODY_NOT_FORM: {
    status: 415,
    message: 'Send the fields in the address, or as a form or JSON with its Content-Type.',
  },
  TURN_KEY_MISSING: {
    status: 401,
    message:
      'Add the key of this API as "key=…" or as "Authorization: Bearer …". The admin page shows it under TURN.',
  },
  TURN_KEY_WRONG: {
    status: 401,
    message: 'That key is not right. The admin page shows the right one under TURN.',
  },
  TURN_SECRET_FIXED: {
    status: 409,
    message:
      'The configuration file sets the TURN secret. Change it there, then reload the configuration.',
  },
  TURN_SECRET_UNKNOWN: {
    status: 404,
    message: 'There is no such previous secret, or the configuration file sets it.',
  },
  CERTIFICATE_REFUSED: {
    status: 422,
    message: 'This certificate cannot be used.',
  },
  ALLOCATION_UNKNOWN: { status: 404, message: 'That allocation has already ended.' },
  CALL_UNKNOWN: { status: 404, message: 'There is no such call, or it ended a while ago.' },
  CALL_ENDED: { status: 404, message: 'That call has ended.' },
  PERSON_GONE: { status: 404, message: 'That person is not in the call any more.' },
  TRACK_ENDED: { status: 404, message: 'That track has ended.' },
  PAGES_NOT_BUILT: {
    status: 503,
    message: 'The web pages are not built. Run "npm run build:web" and reload.',
  },
  TOO_MANY_VIEWERS: { status: 503, message: 'Too many dashboards are open. Close one.' },
  INTERNAL: {
    status: 500,
    message: 'The server made a mistake, which is in its log. Try again.',
  },
} as const satisfies Record<string, Readonly<{ status: number; message: string }>>

/** The stable name of a refusal. */
export type FaultCode = keyof typeof FAULTS

/** A refusal as the API's JSON; `message` replaces the table's sentence where more is known. */
export function errorBody(code: FaultCode, message: string = FAULTS[code].message): ApiError {
  return { error: { code, message } }
}
