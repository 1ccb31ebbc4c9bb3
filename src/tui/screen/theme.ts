/** How roles and grounds look: a dark and a light theme, in 256 colours, 8 or none. */
import colors from 'blessed/lib/colors.js'
import { GROUNDS, type Ground, ROLES, type Role } from '../text/lines.ts'
import { PLAIN_LOOKS } from './grid.ts'

// When it is loaded, blessed looks for each of the 256 colours among the first eight, and remembers what it found.
colors._cache = {}

export type ThemeName = 'dark' | 'light'
/** How many colours a terminal has; none where they are not wanted. */
export type Depth = 256 | 8 | 0

export interface Theme {
  /** What makes the terminal write with these looks, whatever it wrote with before. */
  sgr(looks: number): string
}

interface Look {
  /** As #rrggbb. */
  colour?: string
  /** Of eight colours; that of plain text without. */
  few?: Few
  bold?: true
  underline?: true
  /** Without colours. */
  plain?: readonly number[]
}

/** Colours that every terminal has, by the number that it knows them by. Black and blue are hard to read on most. */
const FEW = { red: 1, green: 2, yellow: 3, magenta: 5, cyan: 6, white: 7 } as const
type Few = keyof typeof FEW

type Looks = Readonly<Record<Role, Look>>

const looks = (c: Readonly<Record<string, string>>): Looks => ({
  text: {},
  dim: { colour: c.dim as string, plain: [2] },
  strong: { bold: true, plain: [1] },
  emphasis: { underline: true, plain: [4] },
  heading: { colour: c.accent as string, few: 'cyan', bold: true, plain: [1] },
  accent: { colour: c.accent as string, few: 'cyan', plain: [1] },
  code: { colour: c.code as string, few: 'green' },
  keyword: { colour: c.keyword as string, few: 'magenta', plain: [1] },
  string: { colour: c.string as string, few: 'green' },
  number: { colour: c.number as string, few: 'yellow' },
  comment: { colour: c.dim as string, plain: [2] },
  link: { colour: c.link as string, few: 'cyan', underline: true, plain: [4] },
  ok: { colour: c.ok as string, few: 'green' },
  warning: { colour: c.warning as string, few: 'yellow', plain: [1] },
  error: { colour: c.error as string, few: 'red', bold: true, plain: [1] },
  added: { colour: c.ok as string, few: 'green' },
  removed: { colour: c.error as string, few: 'red' },
  border: { colour: c.border as string, plain: [2] },
  key: { colour: c.accent as string, few: 'cyan', bold: true, plain: [1] },
  mine: { colour: c.mine as string, few: 'yellow', plain: [1] },
})

const LOOKS: Readonly<Record<ThemeName, Looks>> = {
  dark: looks({
    dim: '#8a8a8a',
    accent: '#87afff',
    code: '#afd7af',
    keyword: '#d7afff',
    string: '#afd787',
    number: '#ffd787',
    link: '#87d7ff',
    ok: '#87d787',
    warning: '#ffd75f',
    error: '#ff8787',
    border: '#585858',
    mine: '#ffd7af',
  }),
  light: looks({
    dim: '#6c6c6c',
    accent: '#005faf',
    code: '#005f00',
    keyword: '#5f00af',
    string: '#005f00',
    number: '#875f00',
    link: '#005f87',
    ok: '#005f00',
    warning: '#875f00',
    error: '#af0000',
    border: '#b2b2b2',
    mine: '#875f00',
  }),
}

/** Backgrounds: in 256 colours, in 8, and without colours. */
const GROUND_COLOURS: Readonly<Record<ThemeName, Readonly<Record<Ground, string | undefined>>>> = {
  dark: { plain: undefined, bar: '#303030', selection: '#005f87', panel: '#262626' },
  light: { plain: undefined, bar: '#e4e4e4', selection: '#afd7ff', panel: '#eeeeee' },
}
const REVERSE = 7

export function themeOf(name: ThemeName, depth: Depth): Theme {
  const cache: string[] = []
  const codesOf = (at: number): string => {
    const role = ROLES[at % ROLES.length] as Role
    const ground = GROUNDS[Math.floor(at / ROLES.length)] as Ground
    return `\x1b[${[0, ...roleCodes(LOOKS[name][role], depth, ground), ...groundCodes(name, ground, depth)].join(';')}m`
  }
  return {
    sgr: (at) => {
      if (at === PLAIN_LOOKS) return '\x1b[m'
      cache[at] ??= codesOf(at)
      return cache[at]
    },
  }
}

function roleCodes({ colour, few, bold, underline, plain }: Look, depth: Depth, ground: Ground): number[] {
  if (depth === 0) return [...(plain ?? [])]
  // In few colours, dim ones would be lost on a coloured ground.
  const foreground =
    depth === 256 ? colourCodes(colour, 30) : ground === 'plain' && few ? [30 + FEW[few]] : []
  return [...(bold ? [1] : []), ...(underline ? [4] : []), ...foreground]
}

function groundCodes(name: ThemeName, ground: Ground, depth: Depth): number[] {
  const colour = GROUND_COLOURS[name][ground]
  if (colour === undefined || (ground === 'panel' && depth < 256)) return []
  return depth < 256 ? [REVERSE] : colourCodes(colour, 40)
}

/** In 256 colours. */
const colourCodes = (colour: string | undefined, base: 30 | 40): number[] =>
  colour === undefined ? [] : [base + 8, 5, colors.match(colour)]
