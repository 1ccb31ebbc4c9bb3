/** Whether anyone sees what an element of a mail holds. */
import type { Style } from './style.ts'

/** What is inherited: colours, or undefined where they can't be known, such as that of a picture behind. */
export interface Colours {
  text: string | undefined
  behind: string | undefined
}

export const PAPER: Colours = { text: '000000', behind: 'ffffff' }

/** Smaller letters, and less of a colour, are there to be unseen. */
const MIN_FONT_PX = 2
const MIN_OPACITY = 0.1
/** Beyond that it lies outside of any window, in pixels. */
const FAR_PX = -900

export function coloursWithin(
  { text, behind }: Colours,
  style: Style,
  attributes: Readonly<Record<string, string>>,
): Colours {
  const ownText = style.get('color') ?? attributes.color ?? attributes.text
  const ownBehind = style.get('background-color') ?? style.get('background') ?? attributes.bgcolor
  const isPicture =
    attributes.background !== undefined ||
    /url\(|gradient/.test(`${style.get('background-image')} ${ownBehind}`)
  return {
    text: ownText === undefined || ownText === 'inherit' ? text : colour(ownText),
    behind: isPicture ? undefined : isSeeThrough(ownBehind) ? behind : colour(ownBehind ?? ''),
  }
}

const isSeeThrough = (value: string | undefined): boolean =>
  value === undefined || /^(?:transparent|none|inherit|initial|unset)?$/.test(value)

export function isUnseen(style: Style, { text, behind }: Colours): boolean {
  const is = (property: string, pattern: RegExp) => pattern.test(style.get(property) ?? '')
  const fontSize = pixels(style.get('font-size') ?? style.get('font') ?? '')
  const opacity = Number.parseFloat(style.get('opacity') ?? '1')
  const isCut = is('overflow', /hidden|clip/) || is('overflow-y', /hidden|clip/)
  const isEmpty = ['height', 'width', 'max-height', 'max-width'].some(
    (property) => (pixels(style.get(property) ?? '') ?? 1) < 1,
  )
  const isMoved = is('position', /absolute|fixed/)
  return (
    is('display', /^none/) ||
    is('visibility', /^(?:hidden|collapse)/) ||
    opacity < MIN_OPACITY ||
    (fontSize !== undefined && fontSize < MIN_FONT_PX) ||
    (isCut && isEmpty) ||
    (isMoved && ['left', 'top', 'right', 'bottom'].some((side) => isFar(style.get(side)))) ||
    isFar(style.get('text-indent')) ||
    isFar(style.get('margin-left')) ||
    (isMoved && is('clip', /rect\(\s*0(?:px)?[\s,]+0(?:px)?[\s,]+0(?:px)?[\s,]+0/)) ||
    is('clip-path', /inset\(\s*(?:100|50)%|circle\(\s*0/) ||
    is('transform', /scale[xy]?\(\s*0\s*\)/) ||
    text === '' ||
    (text !== undefined && behind !== undefined && isNear(text, behind))
  )
}

const isFar = (value = ''): boolean => (pixels(value) ?? 0) < FAR_PX

/** About, where a length is in another unit. Undefined for what is no length. */
function pixels(value: string): number | undefined {
  const [, number, unit = ''] =
    /(?:^|\s)(-?\d*\.?\d+)(px|pt|em|rem|%|in|cm|mm|vh|vw|ex|ch)?(?:\s|\/|$)/.exec(value) ?? []
  if (number === undefined) return undefined
  return Number(number) * (UNITS[unit] ?? 1)
}

const UNITS: Readonly<Record<string, number>> = {
  pt: 4 / 3,
  em: 16,
  rem: 16,
  '%': 0.16,
  in: 96,
  cm: 38,
  mm: 3.8,
  vh: 8,
  vw: 12,
  ex: 8,
  ch: 8,
}

const NAMES: Readonly<Record<string, string>> = {
  white: 'ffffff',
  black: '000000',
  snow: 'fffafa',
  ivory: 'fffff0',
  whitesmoke: 'f5f5f5',
  ghostwhite: 'f8f8ff',
  red: 'ff0000',
  green: '008000',
  blue: '0000ff',
  yellow: 'ffff00',
  gray: '808080',
  grey: '808080',
  silver: 'c0c0c0',
}

/** As six digits; empty where nothing of it is seen, and undefined where it is not known. */
function colour(value: string): string | undefined {
  const text = value.trim().toLowerCase()
  if (text === 'transparent') return ''
  const [, hex] = /#([0-9a-f]{3,8})\b/.exec(text) ?? /^([0-9a-f]{6})$/.exec(text) ?? []
  if (hex !== undefined) {
    const digits = hex.length <= 4 ? hex.replace(/./g, '$&$&') : hex
    if (digits.length === 8 && digits.slice(6) < '1a') return ''
    return digits.slice(0, 6)
  }
  const parts = /^rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+(\d*\.?\d+%?))?\s*\)/.exec(text)
  if (parts) {
    const [, red, green, blue, alpha] = parts
    if (alpha !== undefined && Number.parseFloat(alpha) / (alpha.endsWith('%') ? 100 : 1) < MIN_OPACITY)
      return ''
    return [red, green, blue].map((one) => Math.min(255, Number(one)).toString(16).padStart(2, '0')).join('')
  }
  return NAMES[/^[a-z]+/.exec(text)?.[0] ?? '']
}

/** So much of each colour no eye tells apart. */
const NEAR = 8

const isNear = (one: string, other: string): boolean =>
  [0, 2, 4].every(
    (at) =>
      Math.abs(Number.parseInt(one.slice(at, at + 2), 16) - Number.parseInt(other.slice(at, at + 2), 16)) <=
      NEAR,
  )
