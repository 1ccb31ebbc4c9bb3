/** Regular expressions, as `pattern` has them, → the language of all texts in which they find something. */
import { type AST, RegExpParser } from '@eslint-community/regexpp'
import { complement, type Ranges, union } from './code-points.ts'
import type { Language, Languages } from './languages.ts'

/** It holds for more than a grammar can: it looks back, or repeats what was found. */
export class Unwritable extends Error {
  override readonly name = 'Unwritable'
}

/** What looks around is written out, so that it is not repeated more often. */
const MOST_ASSERTED = 4
const DIGITS: Ranges = [[0x30, 0x39]]
const WORD: Ranges = [...DIGITS, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]
const SPACE: Ranges = [
  ...([
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
  ] as const),
  ...([
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ] as const),
]
const LINE_ENDS: Ranges = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]

/**
 * As JavaScript reads it, with what Python writes in another way put right. Throws a SyntaxError where it can't be read.
 */
export function regExpOf(pattern: string): RegExp {
  const source = pattern
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\[Zz]/g, '$')
  try {
    return new RegExp(source, 'u')
  } catch {
    // Many escape what needs no escape, which is a mistake only there.
    return new RegExp(source)
  }
}

/** Throws Unwritable, TooLarge, or a SyntaxError where it can't be read. */
export function languageOfPattern(languages: Languages, pattern: string): Language {
  const { source, unicode } = regExpOf(pattern)
  const { alternatives } = new RegExpParser().parsePattern(source, 0, source.length, { unicode })
  return new Reader(languages).found(alternatives)
}

/** The language of what follows; `atStart` says whether nothing was read before it. */
type Rest = (atStart: boolean) => Language

class Reader {
  readonly #languages: Languages

  constructor(languages: Languages) {
    this.#languages = languages
  }

  /** At the beginning, or after anything. */
  found(alternatives: readonly AST.Alternative[]): Language {
    const { everything, anyCharacter } = this.#languages
    const then: Rest = () => everything
    const later = this.#any(alternatives, false, then)
    return this.#languages.or(
      this.#any(alternatives, true, then),
      this.#languages.concat(anyCharacter, everything, later),
    )
  }

  #any(alternatives: readonly AST.Alternative[], atStart: boolean, then: Rest): Language {
    return this.#languages.or(...alternatives.map(({ elements }) => this.#sequence(elements, atStart, then)))
  }

  /** From one element on. What follows it is made once for each answer to whether anything was read. */
  #sequence(elements: readonly AST.Element[], atStart: boolean, then: Rest, from = 0): Language {
    const first = elements[from]
    if (first === undefined) return then(atStart)
    const known: { [atStart: string]: Language } = {}
    return this.#element(first, atStart, (still) => {
      known[`${still}`] ??= this.#sequence(elements, still, then, from + 1)
      return known[`${still}`] as Language
    })
  }

  #element(element: AST.Element, atStart: boolean, then: Rest): Language {
    this.#languages.spend(1)
    const { everything, empty, none, and, not, or } = this.#bound
    if (element.type === 'Assertion')
      switch (element.kind) {
        case 'start':
          return atStart ? then(true) : none
        case 'end':
          return and(empty, then(atStart))
        case 'lookahead': {
          const ahead = this.#any(element.alternatives, atStart, () => everything)
          return and(element.negate ? not(ahead) : ahead, then(atStart))
        }
        default:
          throw new Unwritable(`it has ${element.raw}`)
      }
    if ((element.type === 'Group' || element.type === 'CapturingGroup') && hasAssertion(element))
      return this.#any(element.alternatives, atStart, then)
    if (element.type === 'Quantifier' && element.max <= MOST_ASSERTED && hasAssertion(element))
      return this.#times(element, 0, atStart, then)
    const plain = this.#plain(element)
    const after = this.#languages.concat(plain, then(false))
    // What may be nothing leaves the beginning where it is.
    return atStart && plain.nullable ? or(after, then(true)) : after
  }

  /** What is asserted within something that is repeated a few times. */
  #times(quantifier: AST.Quantifier, already: number, atStart: boolean, then: Rest): Language {
    const { min, max, element } = quantifier
    return this.#languages.or(
      already >= min ? then(atStart) : this.#languages.none,
      already < max
        ? this.#element(element, atStart, (still) => this.#times(quantifier, already + 1, still, then))
        : this.#languages.none,
    )
  }

  /** What looks neither ahead nor at where it stands. */
  #plain(element: AST.Element): Language {
    this.#languages.spend(1)
    switch (element.type) {
      case 'Character':
        return this.#languages.set([[element.value, element.value]])
      case 'CharacterSet':
        return this.#languages.set(rangesOf(element))
      case 'CharacterClass': {
        const ranges = union(element.elements.flatMap((one) => rangesOf(one)))
        return this.#languages.set(element.negate ? complement(ranges) : ranges)
      }
      case 'Group':
        if (element.modifiers) throw new Unwritable('it has modifiers')
        return this.#alternatives(element.alternatives)
      case 'CapturingGroup':
        return this.#alternatives(element.alternatives)
      case 'Quantifier':
        return this.#languages.repeat(this.#plain(element.element), element.min, element.max)
      default:
        throw new Unwritable(`it has ${element.raw}`)
    }
  }

  #alternatives(alternatives: readonly AST.Alternative[]): Language {
    return this.#languages.or(
      ...alternatives.map(({ elements }) =>
        this.#languages.concat(...elements.map((element) => this.#plain(element))),
      ),
    )
  }

  get #bound() {
    const { everything, empty, none } = this.#languages
    return {
      everything,
      empty,
      none,
      and: (...of: Language[]) => this.#languages.and(...of),
      or: (...of: Language[]) => this.#languages.or(...of),
      not: (of: Language) => this.#languages.not(of),
    }
  }
}

function hasAssertion(element: AST.Element): boolean {
  switch (element.type) {
    case 'Assertion':
      return true
    case 'Group':
    case 'CapturingGroup':
      return element.alternatives.some(({ elements }) => elements.some(hasAssertion))
    case 'Quantifier':
      return hasAssertion(element.element)
    default:
      return false
  }
}

function rangesOf(element: AST.CharacterClassElement | AST.CharacterSet): Ranges {
  switch (element.type) {
    case 'Character':
      return [[element.value, element.value]]
    case 'CharacterClassRange':
      return [[element.min.value, element.max.value]]
    case 'CharacterSet':
      return setRanges(element)
    default:
      throw new Unwritable(`it has ${element.raw}`)
  }
}

function setRanges(set: AST.CharacterSet): Ranges {
  if (set.kind === 'any') return complement(LINE_ENDS)
  if (set.kind === 'property') return ofProperty(set.raw)
  const ranges = set.kind === 'digit' ? DIGITS : set.kind === 'space' ? SPACE : WORD
  return set.negate ? complement(ranges) : union(ranges)
}

const properties = new Map<string, Ranges>()

/** Of `\p{…}`, as the engine of JavaScript has it. */
function ofProperty(raw: string): Ranges {
  const known = properties.get(raw)
  if (known) return known
  const property = new RegExp(raw, 'u')
  const found: [number, number][] = []
  for (let point = 0; point <= 0x10ffff; point++) {
    if (!property.test(String.fromCodePoint(point))) continue
    const last = found.at(-1)
    if (last?.[1] === point - 1) last[1] = point
    else found.push([point, point])
  }
  properties.set(raw, found)
  return found
}
