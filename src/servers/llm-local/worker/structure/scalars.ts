/** Values without parts, and names of properties, in a grammar: what keeps to their rules is a regular language. */
import { automatonOfTexts } from './fixed.ts'
import { FORMATS } from './formats.ts'
import { type Gbnf, GrammarTooLarge } from './gbnf.ts'
import { isTooLarge, type Language, Languages } from './languages.ts'
import { type NumberRules, numbers } from './numbers.ts'
import { languageOfPattern, Unwritable } from './patterns.ts'
import { countIn, listIn, refusal, type Schema, type Schemas } from './schemas.ts'

/** A text that is restricted in other ways is not counted so far, in characters: that would take too many states. */
const LONG = 256
const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'] as const

export class Scalars {
  readonly #gbnf: Gbnf
  readonly #schemas: Schemas
  readonly #languages = new Languages()
  /** Whether nothing was left out that a value must be checked for. */
  isExact = true

  constructor(gbnf: Gbnf, schemas: Schemas) {
    this.#gbnf = gbnf
    this.#schemas = schemas
  }

  /** One of these texts, as they are. Throws TooLarge. */
  fixed(texts: ReadonlySet<string>): string | undefined {
    const states = automatonOfTexts(texts)
    return states && this.#gbnf.automaton(states, false)
  }

  number(type: 'integer' | 'number', schema: Schema, place: string): string | undefined {
    const rules: NumberRules = Object.fromEntries(
      BOUNDS.filter((key) => schema[key] !== undefined).map((key) => [key, finite(schema[key], key, place)]),
    )
    if (rules.multipleOf !== undefined && rules.multipleOf <= 0)
      throw refusal(place, 'has a "multipleOf" that is not above 0')
    if (Object.keys(rules).length === 0) return type
    return this.#unlessTooLarge(
      () => {
        const { language, isExact } = numbers(this.#languages, rules, type === 'integer')
        const written = this.#written(language, false)
        if (!isExact) this.isExact = false
        return written
      },
      () => type,
    )
  }

  text(schema: Schema, place: string): string | undefined {
    const least = countIn(schema, 'minLength', place) ?? 0
    const most = countIn(schema, 'maxLength', place) ?? Number.POSITIVE_INFINITY
    if (least > most) return undefined
    // What is so long breaks off for other reasons.
    const end = most >= LONG ? Number.POSITIVE_INFINITY : most
    const isAnyLength = least === 0 && end === Number.POSITIVE_INFINITY
    const { everything, anyCharacter } = this.#languages
    const plain = () => this.#long(least, most)
    const restricted = (length: () => Language) => {
      const allowed = this.#restrictions(schema, place)
      return allowed === undefined ? plain() : this.#written(this.#languages.and(allowed, length()), true)
    }
    const ofAnyLength = () => this.#unlessTooLarge(() => restricted(() => everything), plain)
    if (isAnyLength) return ofAnyLength()
    return this.#unlessTooLarge(
      () => restricted(() => this.#languages.repeat(anyCharacter, least, end)),
      ofAnyLength,
    )
  }

  /**
   * Names of properties that fit a pattern, or any, but not those that are given or fit patterns before it. Undefined
   * where there are none.
   */
  key(
    pattern: string | undefined,
    {
      names,
      before,
      propertyNames,
    }: { names: readonly string[]; before: readonly string[]; propertyNames: unknown },
    place: string,
  ): string | undefined {
    const { everything, none } = this.#languages
    return this.#unlessTooLarge(
      () => {
        const fit = pattern === undefined ? everything : (this.#pattern(pattern, place) ?? none)
        const taken = this.#languages.or(
          ...names.map((name) => this.#languages.literal(name)),
          ...before.map((one) => this.#pattern(one, place) ?? none),
        )
        const allowed = this.#names(propertyNames, place)
        const keys = this.#languages.and(fit, allowed, this.#languages.not(taken))
        return keys === everything ? 'string' : this.#written(keys, true)
      },
      () => 'string',
    )
  }

  #names(propertyNames: unknown, place: string): Language {
    if (propertyNames === undefined || propertyNames === true) return this.#languages.everything
    const ways = this.#schemas.ways(propertyNames, `${place}/propertyNames`)
    return this.#languages.or(
      ...ways.map((way) => {
        if ('const' in way || way.enum !== undefined) {
          const fixed = 'const' in way ? [way.const] : listIn(way, 'enum', place)
          const texts = fixed.filter((value) => typeof value === 'string')
          return this.#languages.or(...texts.map((text) => this.#languages.literal(text)))
        }
        const least = countIn(way, 'minLength', place) ?? 0
        const most = countIn(way, 'maxLength', place) ?? Number.POSITIVE_INFINITY
        const end = most >= LONG ? Number.POSITIVE_INFINITY : most
        if (end !== most || least >= LONG) this.isExact = false
        const length = this.#languages.repeat(this.#languages.anyCharacter, Math.min(least, LONG), end)
        return this.#languages.and(this.#restrictions(way, place) ?? this.#languages.everything, length)
      }),
    )
  }

  /** A rule for a language; undefined where it is empty. Throws TooLarge. */
  #written(language: Language, isText: boolean): string | undefined {
    this.#languages.begin()
    const states = this.#languages.automaton(language)
    if (states === undefined) return undefined
    const rule = this.#gbnf.automaton(states, isText)
    return isText ? this.#gbnf.add('text', String.raw`"\"" ${rule}`) : rule
  }

  #long(least: number, most: number): string {
    if (least === 0 && most === Number.POSITIVE_INFINITY) return 'string'
    try {
      return this.#gbnf.add('text', String.raw`"\"" ${this.#gbnf.repeat('char', least, most)} "\""`)
    } catch (error) {
      if (!(error instanceof GrammarTooLarge)) throw error
      this.isExact = false
      return 'string'
    }
  }

  /** What patterns and formats allow; undefined where there are none that a grammar can hold. */
  #restrictions(schema: Schema, place: string): Language | undefined {
    const patterns = [schema.pattern].flat().filter((pattern) => pattern !== undefined)
    const languages = patterns.flatMap((pattern) => this.#pattern(pattern, place) ?? [])
    const format = typeof schema.format === 'string' ? formatOf(schema.format) : undefined
    const inFormat = format === undefined ? undefined : this.#pattern(format, place)
    const all = this.#languages.and(...languages)
    if (inFormat === undefined) return languages.length === 0 ? undefined : all
    return languages.length > 0 && contradict(this.#languages, all, inFormat)
      ? all
      : this.#languages.and(all, inFormat)
  }

  #pattern(pattern: unknown, place: string): Language | undefined {
    if (typeof pattern !== 'string') throw refusal(place, 'has a "pattern" that is no text')
    this.#languages.begin()
    try {
      return languageOfPattern(this.#languages, pattern)
    } catch (error) {
      if (error instanceof SyntaxError)
        throw refusal(place, `has a "pattern" that is no regular expression (${error.message.slice(0, 100)})`)
      if (!(error instanceof Unwritable) && !isTooLarge(error)) throw error
      this.isExact = false
      return undefined
    }
  }

  /** What is too large is left to the check. */
  #unlessTooLarge<T>(make: () => T, otherwise: () => T): T {
    try {
      return make()
    } catch (error) {
      if (!isTooLarge(error)) throw error
      this.isExact = false
      return otherwise()
    }
  }
}

export const formatOf = (name: string): string | undefined =>
  Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined

/**
 * Whether a format says the opposite of patterns, as zod's times do, which have no offset: then it is a remark, and
 * the patterns are meant.
 */
export function contradict(languages: Languages, patterns: Language, format: Language): boolean {
  try {
    return languages.automaton(languages.and(patterns, format)) === undefined
  } catch (error) {
    if (isTooLarge(error)) return false
    throw error
  }
}

function finite(value: unknown, key: string, place: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw refusal(place, `has a "${key}" that is no number`)
}
