/** What may be done with the mail of an account, as its owner says. Each goes beyond the one before. */
import * as Type from '../../../protocol/schema.ts'

export const LEVELS = ['read', 'write', 'send'] as const

/** `read`: nothing is changed. `write`: marked, moved, deleted, and drafts. `send`: mail leaves as well. */
export type Allowed = (typeof LEVELS)[number]

export const Allowed = Type.Enum([...LEVELS], {
  description: 'read changes nothing; write marks, moves, deletes and keeps drafts; send sends as well.',
})

/** Whether the one includes the other. */
export const includes = (allowed: Allowed, needed: Allowed): boolean =>
  LEVELS.indexOf(allowed) >= LEVELS.indexOf(needed)
