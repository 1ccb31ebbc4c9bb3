/** What conversations are held to; docs/limits.md has the same. */

/** Of a question, in characters. */
export const MAX_TEXT = 200_000
/** Of one question, and of what is read of them together, in characters. */
export const MAX_FILES = 10
export const ATTACHED_CHARS = 80_000
/** Of what a user says of themselves, in characters: a small model reads it before each question. */
export const MAX_PERSONAL = 2000
/** Of a document that is imported, in characters. */
export const MAX_IMPORT = 16_000_000
/** How long one call follows an answer, in milliseconds; the next one goes on. */
export const FOLLOW_MS = 120_000
/** How often what has come of an answer is kept, in milliseconds. */
export const KEEP_EVERY_MS = 500
