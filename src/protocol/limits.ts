/** Bounds that hold for every message on every transport. */

/** The longest message, in bytes of UTF-8. Without it one sender could make the reader hold any amount of memory. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

/** The deepest nesting of arrays and objects. JSON.stringify overflows the stack on what JSON.parse still reads. */
export const MAX_DEPTH = 128

/** The same of a descriptor: lists and what tools are found by say its items some levels deeper than it does. */
export const MAX_DESCRIPTOR_DEPTH = MAX_DEPTH - 8
