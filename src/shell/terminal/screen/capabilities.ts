/** What a terminal can do, by its name and the environment; what it says itself comes later, and is better. */
import type { Depth } from './theme.ts'

export interface Capabilities {
  depth: Depth
  /** Whether it shows more than ASCII. */
  unicode: boolean
  /** Whether it has a second screen to draw on, keeps pastes apart, and reports the mouse. */
  modern: boolean
  /** Whether it may be asked about itself; older ones would show the question. */
  answers: boolean
}

/** Terminals with the looks of decades ago: the kernel's console and what stands at a serial line. */
const SERIAL = /^(vt|ansi|cons|dialup)/

export function capabilitiesOf(env: NodeJS.ProcessEnv): Capabilities {
  const term = env.TERM ?? ''
  const serial = SERIAL.test(term)
  const few = serial || term === 'linux' || (term.startsWith('screen') && !term.includes('256'))
  return {
    depth: env.NO_COLOR || serial || /-m(ono)?$/.test(term) ? 0 : few ? 8 : 256,
    unicode: isUtf8(env),
    modern: !serial && term !== 'linux',
    answers: !serial && term !== 'linux' && !term.startsWith('screen'),
  }
}

/** Locales name their encoding; where none is set, today's default holds. */
function isUtf8({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG
  return !locale || /utf-?8/i.test(locale)
}

const DRAWN: Readonly<Record<string, string>> = {
  '─': '-',
  '│': '|',
  '…': '.',
  '●': '*',
  '○': 'o',
  '▸': '>',
  '▾': 'v',
  '▌': '|',
  '█': '#',
  '░': '.',
  '•': '*',
  '→': '>',
  '✓': '+',
  '✗': 'x',
  '·': '.',
  '–': '-',
  '’': "'",
  '›': '>',
  '↑': '^',
  '↓': 'v',
}

/** Without Unicode: the closest in ASCII. */
export const toAscii = (text: string): string => (/^[\x20-\x7e]+$/.test(text) ? text : (DRAWN[text] ?? '?'))
