/**
 * Grammars in GBNF, rule by rule. Source: grammars/README.md of llama.cpp.
 */
import { intersection, type Ranges } from './code-points.ts'
import type { State } from './languages.ts'

/** More than a person or a program needs; what it makes of it takes memory. */
const MOST_CHARACTERS = 4 * 1024 * 1024
/** llama.cpp writes repetitions out, and refuses more. */
const MOST_REPEATED = 1000
/** Repeated as one, so that more fit. */
const BLOCK = 500

export class GrammarTooLarge extends Error {
  override readonly name = 'GrammarTooLarge'
}

/** What a text in JSON may be made of as it is. */
const AS_IS: Ranges = [
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, 0xd7ff],
  [0xe000, 0x10ffff],
]
const ESCAPES: readonly (readonly [point: number, written: string])[] = [
  [0x08, String.raw`\b`],
  [0x09, String.raw`\t`],
  [0x0a, String.raw`\n`],
  [0x0c, String.raw`\f`],
  [0x0d, String.raw`\r`],
  [0x22, String.raw`\"`],
  [0x5c, String.raw`\\`],
]

/** Rules that every grammar may name. */
const COMMON: Readonly<Record<string, string>> = {
  ws: String.raw`| " " | "\n" " "{0,20}`,
  comma: '"," ws',
  colon: '":" " "?',
  hex: '[0-9a-fA-F]',
  char: String.raw`[\x20-\x21\x23-\x5B\x5D-\x7E\u0080-\uD7FF\uE000-\U0010FFFF] | "\\" (["\\/bfnrt] | "u" ([0-9A-Ca-cE-Fe-f] hex hex hex | [Dd] [0-7] hex hex))`,
  string: String.raw`"\"" char* "\""`,
  integer: `"-"? ("0" | [1-9] [0-9]{0,14})`,
  // No exponent makes more than a double holds.
  number: `integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?`,
  boolean: '"true" | "false"',
  value: 'string | number | boolean | "null" | object | array',
  object: '"{" ws (string colon value (comma string colon value)*)? ws "}"',
  array: '"[" ws (value (comma value)*)? ws "]"',
}

export class Gbnf {
  readonly #rules = new Map<string, string>()
  #characters = 0

  /** A name for a rule that is written later. */
  reserve(hint: string): string {
    const name = `${hint}-${this.#rules.size}`
    this.#rules.set(name, '')
    return name
  }

  /** Throws GrammarTooLarge. */
  write(name: string, text: string): void {
    this.#characters += name.length + text.length
    if (this.#characters > MOST_CHARACTERS) throw new GrammarTooLarge()
    this.#rules.set(name, text)
  }

  add(hint: string, text: string): string {
    const name = this.reserve(hint)
    this.write(name, text)
    return name
  }

  /** One of these; undefined where there is none. */
  either(all: readonly (string | undefined)[]): string | undefined {
    const written = [...new Set(all.filter((one) => one !== undefined))]
    return written.length <= 1 ? written[0] : this.add('or', written.join(' | '))
  }

  /** So many times, at least and at most; `most` may be Infinity. */
  repeat(item: string, least: number, most: number): string {
    const times = most === Number.POSITIVE_INFINITY ? `{${least},}` : `{${least},${most}}`
    if (Math.max(least, most === Number.POSITIVE_INFINITY ? 0 : most) <= MOST_REPEATED)
      return `(${item})${times}`
    const block = this.add('block', `(${item}){${BLOCK}}`)
    const exactly = (count: number): string =>
      `${block}{${Math.floor(count / BLOCK)}} (${item}){${count % BLOCK}}`
    if (Math.max(least, most === Number.POSITIVE_INFINITY ? 0 : most) > MOST_REPEATED * BLOCK)
      throw new GrammarTooLarge()
    if (most === Number.POSITIVE_INFINITY) return `${exactly(least)} (${item})*`
    const more = most - least
    const blocks = Math.floor(more / BLOCK)
    const upTo =
      blocks === 0
        ? `(${item}){0,${more}}`
        : `(${block}{0,${blocks - 1}} (${item}){0,${BLOCK - 1}} | ${block}{${blocks}} (${item}){0,${more % BLOCK}})`
    return least === 0 ? upTo : `${exactly(least)} ${upTo}`
  }

  /** What an automaton reads: as it is, or as the content of a text in JSON, with its end. */
  automaton(states: readonly State[], isText: boolean): string {
    const names = states.map(() => this.reserve('s'))
    for (const [i, { accepts, next }] of states.entries()) {
      const ways = next.flatMap(({ ranges, to }) =>
        characters(ranges, isText).map((one) => `${one} ${names[to]}`),
      )
      // Nothing comes first where it is all, so that no state is without a way.
      const end = accepts ? [isText ? String.raw`"\""` : '""'] : []
      this.write(names[i] as string, [...ways, ...end].join(' | '))
    }
    return names[0] as string
  }

  /** The whole grammar, whose root is this. */
  text(root: string): string {
    const used = new Set<string>()
    const work = [root, ...this.#rules.values()]
    for (let text = work.pop(); text !== undefined; text = work.pop())
      for (const [name] of text.matchAll(/(?<!["\\\w-])[a-z]+(?![\w-])/g))
        if (Object.hasOwn(COMMON, name) && !used.has(name)) {
          used.add(name)
          work.push(COMMON[name] as string)
        }
    return [
      `root ::= ${root}`,
      ...[...this.#rules].map(([name, text]) => `${name} ::= ${text}`),
      ...[...used].map((name) => `${name} ::= ${COMMON[name]}`),
    ].join('\n')
  }
}

/** Ways to write one of these characters. */
function characters(ranges: Ranges, isText: boolean): string[] {
  if (!isText) return [classOf(ranges)]
  const asIs = intersection(ranges, AS_IS)
  const escaped = ESCAPES.filter(([point]) => ranges.some(([first, last]) => first <= point && point <= last))
  return [...(asIs.length > 0 ? [classOf(asIs)] : []), ...escaped.map(([, written]) => literal(written))]
}

const classOf = (ranges: Ranges): string =>
  `[${ranges.map(([first, last]) => (first === last ? inClass(first) : `${inClass(first)}-${inClass(last)}`)).join('')}]`

function inClass(point: number): string {
  const character = String.fromCodePoint(point)
  if (/[A-Za-z0-9]/.test(character)) return character
  return point > 0xffff
    ? `\\U${point.toString(16).padStart(8, '0')}`
    : `\\u${point.toString(16).padStart(4, '0')}`
}

/** A text as it is. */
export const literal = (text: string): string =>
  `"${text.replace(/["\\\n\r\t]|[^\x20-\x7e]/gu, (one) => {
    const point = one.codePointAt(0) as number
    if (one === '"' || one === '\\') return `\\${one}`
    return point > 0xffff
      ? `\\U${point.toString(16).padStart(8, '0')}`
      : `\\u${point.toString(16).padStart(4, '0')}`
  })}"`
