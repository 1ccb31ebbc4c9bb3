/** Finds in a text what must stand there as it was written. */

const PART = /[\p{L}\p{M}]+|\p{N}+/gu
/** Between the parts of an identifier, which are often written together, or apart: `E-4711`, `E4711`. */
const JOINT = '[\\s_./:\\\\-]?'
/** Between words of a phrase. */
const GAP = '[^\\p{L}\\p{N}]{1,3}'
const BEFORE = '(?<![\\p{L}\\p{N}])'
const AFTER = '(?![\\p{L}\\p{N}])'

/** Whether a text as `plain` gives it has one of these, which `plain` gave too: whole, and not as a part of something longer. */
export function exactTest(exact: string): (plainText: string) => boolean {
  const words = exact.split(' ').map((word) => (word.match(PART) ?? []).join(JOINT))
  const pattern = new RegExp(BEFORE + words.filter((word) => word !== '').join(GAP) + AFTER, 'u')
  return (text) => pattern.test(text)
}
