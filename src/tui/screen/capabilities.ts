/** What a terminal can do, by its name and the environment; what it says itself comes later, and is better. */
import type { Depth } from './theme.ts'

export interface Capabilities {
  depth: Depth
  /** Whether it shows a text as it is. */
  shows(text: string): boolean
  /** Whether it has a second screen to draw on, keeps pastes apart, and reports the mouse. */
  modern: boolean
  /** Whether it may be asked about itself; older ones would show the question. */
  answers: boolean
}

/** Terminals with the looks of decades ago: the kernel's console and what stands at a serial line. */
const SERIAL = /^(vt|ansi|cons|dialup)/

/** `font` are the characters of the kernel's console, where that is what shows the screen. */
export function capabilitiesOf(env: NodeJS.ProcessEnv, font?: ReadonlySet<string>): Capabilities {
  const term = env.TERM ?? ''
  const serial = SERIAL.test(term)
  const few = serial || term === 'linux' || (term.startsWith('screen') && !term.includes('256'))
  return {
    depth: env.NO_COLOR || serial || /-m(ono)?$/.test(term) ? 0 : few ? 8 : 256,
    shows: !isUtf8(env)
      ? isAscii
      : font
        ? (text) => [...text].every((one) => isAscii(one) || font.has(one))
        : () => true,
    modern: !serial && term !== 'linux',
    answers: !serial && term !== 'linux' && !term.startsWith('screen'),
  }
}

/** Locales name their encoding; where none is set, today's default holds. */
function isUtf8({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG
  return !locale || /utf-?8/i.test(locale)
}

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

/** What luca draws with, and what stands in its place where the terminal can't show it. */
export const DRAWN: Readonly<Record<string, string>> = {
  '─': '-',
  '│': '|',
  '…': '.',
  '●': '*',
  '○': 'o',
  '▸': '>',
  '▾': 'v',
  '▌': '|',
  '█': '#',
  '▀': '"',
  '▄': '_',
  '░': '.',
  '•': '*',
  '→': '>',
  '←': '<',
  '×': 'x',
  '┌': '+',
  '┐': '+',
  '└': '+',
  '┘': '+',
  '┼': '+',
  '✓': '+',
  '✗': 'x',
  '·': '.',
  '–': '-',
  '’': "'",
  '›': '>',
  '↑': '^',
  '↓': 'v',
}

/** Of a character that can't be shown, the closest in ASCII: its letter without accents, if it is one. */
export function toAscii(text: string): string {
  if (isAscii(text)) return text
  const [letter = ''] = text.normalize('NFKD')
  return DRAWN[text] ?? (isAscii(letter) ? letter : '?')
}
