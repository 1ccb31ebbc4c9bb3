/** Keys of a keyboard, by QEMU's names of them, which are those that an American keyboard has in the same place. */

export type Layout = 'us' | 'de'

const SIGNS_US: Readonly<Record<string, string>> = {
  '-': 'minus',
  '/': 'slash',
  '.': 'dot',
  ';': 'semicolon',
  '&': 'shift-7',
}
/** What is printed elsewhere on a German keyboard. */
const SIGNS_DE: Readonly<Record<string, string>> = {
  y: 'z',
  z: 'y',
  ä: 'apostrophe',
  ö: 'semicolon',
  ü: 'bracket_left',
  ß: 'minus',
  '-': 'slash',
  '.': 'dot',
  ',': 'comma',
  '#': 'backslash',
  '+': 'bracket_right',
  '<': 'less',
  _: 'shift-slash',
  ':': 'shift-dot',
  ';': 'shift-comma',
  "'": 'shift-backslash',
  '*': 'shift-bracket_right',
  '!': 'shift-1',
  '"': 'shift-2',
  $: 'shift-4',
  '%': 'shift-5',
  '&': 'shift-6',
  '/': 'shift-7',
  '(': 'shift-8',
  ')': 'shift-9',
  '=': 'shift-0',
  '?': 'shift-minus',
  '>': 'shift-less',
  '@': 'alt_r-q',
  '{': 'alt_r-7',
  '[': 'alt_r-8',
  ']': 'alt_r-9',
  '}': 'alt_r-0',
  '\\': 'alt_r-minus',
  '|': 'alt_r-less',
  '~': 'alt_r-bracket_right',
  '€': 'alt_r-e',
}
const SIGNS = { us: SIGNS_US, de: SIGNS_DE }
const OF_ALL: Readonly<Record<string, string>> = { '\n': 'ret', ' ': 'spc' }

/** The key on which a character is printed, with what is held besides. Throws where it is on none. */
export function keyOf(char: string, layout: Layout): string {
  const key = OF_ALL[char] ?? SIGNS[layout][char]
  if (key !== undefined) return key
  const small = char.toLowerCase()
  if (small !== char) return `shift-${keyOf(small, layout)}`
  if (!/[a-z0-9]/.test(char)) throw new Error(`No key of the keyboard "${layout}" is known for "${char}".`)
  return char
}
