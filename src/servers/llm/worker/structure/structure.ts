/**
 * A JSON Schema → a grammar that only writes what keeps to it. What a grammar can't hold, or only one of a size that nothing
 * bears, is left out, and then `isExact` is false: a value must be checked. Never written is what the schema forbids as
 * far as the grammar knows, and not all is written that it allows: of an object only the properties that it names.
 */
import { isRecord } from '../../../../protocol/values.ts'
import { FORMATS } from './formats.ts'
import { type Gbnf, GrammarTooLarge, literal } from './gbnf.ts'
import { type Language, Languages, TooLarge } from './languages.ts'
import { type NumberRules, numbers } from './numbers.ts'
import { languageOfPattern, Unwritable } from './patterns.ts'
import { recordOf, refusal, type Schema, Schemas, TYPES, type Type, withoutRemarks } from './schemas.ts'

/** What is checked afterwards, wherever it stands. */
const CHECKED = [
  'if',
  'dependentSchemas',
  'dependentRequired',
  'dependencies',
  'contains',
  'uniqueItems',
  'unevaluatedItems',
  'unevaluatedProperties',
] as const
const MOST_DEPTH = 100
/** A list of fixed values is long, and no trouble: each has its way. */
const MOST_FIXED_STATES = 100_000
/** A text that is restricted in other ways is not counted so far, in characters: that would take too many states. */
const LONG = 256
/** What a keyword says of the type, where none is given. */
const IMPLIED: Readonly<Record<string, Type>> = {
  ...named('object', [
    'properties',
    'required',
    'additionalProperties',
    'patternProperties',
    'propertyNames',
    'minProperties',
    'maxProperties',
  ]),
  ...named('array', ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'contains']),
  ...named('string', ['pattern', 'format', 'minLength', 'maxLength']),
  ...named('number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']),
}

function named(type: Type, keys: readonly string[]): Record<string, Type> {
  return Object.fromEntries(keys.map((key) => [key, type]))
}

export interface Structure {
  /** What writes it, in the grammar that it was made for. */
  expression: string
  isExact: boolean
}

/** Throws an EngineError where the schema can't be read, or nothing can keep to it. */
export function structureOf(schema: unknown, gbnf: Gbnf, name = 'the schema'): Structure {
  const compiler = new Compiler(schema, gbnf)
  try {
    const expression = compiler.value(schema, name, 0)
    if (expression === undefined) throw refusal(name, 'allows no value at all')
    return { expression, isExact: compiler.isExact }
  } catch (cause) {
    if (cause instanceof GrammarTooLarge || cause instanceof TooLarge)
      throw refusal(name, 'is too large for a grammar')
    throw cause
  }
}

class Compiler {
  readonly #gbnf: Gbnf
  readonly #schemas: Schemas
  readonly #languages = new Languages()
  /** Rules of what references lead to; undefined where nothing can be written. */
  readonly #rules = new Map<unknown, string | undefined>()
  #isExact = true

  constructor(root: unknown, gbnf: Gbnf) {
    this.#gbnf = gbnf
    this.#schemas = new Schemas(root)
  }

  get isExact(): boolean {
    return this.#isExact && this.#schemas.isExact
  }

  /** Undefined where no value can be written. */
  value(schema: unknown, place: string, depth: number): string | undefined {
    if (depth > MOST_DEPTH) throw refusal(place, `is nested more than ${MOST_DEPTH} levels deep`)
    if (isRecord(schema)) {
      const said = withoutRemarks(schema)
      const [key, ...others] = Object.keys(said)
      // What stands alone is written once, so that it can hold itself.
      if (key === '$ref' && others.length === 0) return this.#reference(said.$ref, place, depth)
      if ((key === 'anyOf' || key === 'oneOf') && others.length === 0 && Array.isArray(said[key])) {
        // Only looked at for whether they are apart.
        if (key === 'oneOf') this.#schemas.ways(said, place)
        return this.#alternatives(
          said[key].map((one, i) => this.value(one, `${place}/${key}/${i}`, depth + 1)),
        )
      }
    }
    const ways = this.#schemas.ways(schema, place)
    return this.#alternatives(ways.map((way) => this.#way(way, place, depth)))
  }

  #alternatives(all: readonly (string | undefined)[]): string | undefined {
    const written = [...new Set(all.filter((one) => one !== undefined))]
    if (written.length <= 1) return written[0]
    return this.#gbnf.add('or', written.join(' | '))
  }

  #reference(ref: unknown, place: string, depth: number): string | undefined {
    const target = this.#schemas.target(ref, place)
    if (this.#rules.has(target)) return this.#rules.get(target)
    const name = this.#gbnf.reserve('ref')
    this.#rules.set(target, name)
    const expression = this.value(target, place, depth + 1)
    if (expression === name) throw refusal(place, 'refers to itself without an end')
    this.#gbnf.write(name, expression ?? literal('null'))
    if (expression === undefined) this.#rules.set(target, undefined)
    return expression === undefined ? undefined : name
  }

  #way(schema: Schema, place: string, depth: number): string | undefined {
    if (CHECKED.some((key) => schema[key] !== undefined && schema[key] !== false)) this.#isExact = false
    if ('const' in schema || schema.enum !== undefined) return this.#fixed(schema, place)
    const types = typesOf(schema, place)
    if (types === undefined) return 'value'
    return this.#alternatives(types.map((type) => this.#ofType(type, schema, place, depth)))
  }

  #fixed(schema: Schema, place: string): string | undefined {
    const { const: one, enum: several, type, ...others } = schema
    if (several !== undefined && !Array.isArray(several))
      throw refusal(place, 'has an "enum" that is no list')
    const values = 'const' in schema ? [one] : (several as unknown[])
    // Two that are the same in JSON are one.
    const texts = new Set(
      values.filter((value) => isOfType(value, type)).map((value) => JSON.stringify(value)),
    )
    if (Object.keys(others).some((key) => key in IMPLIED) || ('const' in schema && several !== undefined))
      this.#isExact = false
    if (texts.size === 1) return literal([...texts].join(''))
    const language = this.#languages.or(...[...texts].map((text) => this.#languages.literal(text)))
    return this.#written(language, false, MOST_FIXED_STATES)
  }

  #ofType(type: Type, schema: Schema, place: string, depth: number): string | undefined {
    switch (type) {
      case 'object':
        return this.#object(schema, place, depth)
      case 'array':
        return this.#array(schema, place, depth)
      case 'string':
        return this.#string(schema, place)
      case 'integer':
      case 'number':
        return this.#number(type, schema, place)
      default:
        return type === 'null' ? literal('null') : type
    }
  }

  #number(type: 'integer' | 'number', schema: Schema, place: string): string | undefined {
    const rules: NumberRules = Object.fromEntries(
      (['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'] as const)
        .filter((key) => schema[key] !== undefined)
        .map((key) => [key, finite(schema[key], key, place)]),
    )
    if (rules.multipleOf !== undefined && rules.multipleOf <= 0)
      throw refusal(place, 'has a "multipleOf" that is not above 0')
    if (Object.keys(rules).length === 0) return type
    try {
      const { language, isExact } = numbers(this.#languages, rules, type === 'integer')
      const written = this.#written(language, false)
      if (!isExact) this.#isExact = false
      return written
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error
      this.#isExact = false
      return type
    }
  }

  /** A rule for a language; undefined where it is empty. Throws TooLarge. */
  #written(language: Language, isText: boolean, mostStates?: number): string | undefined {
    const states = this.#languages.automaton(language, mostStates)
    if (states === undefined) return undefined
    const rule = this.#gbnf.automaton(states, isText)
    return isText ? this.#gbnf.add('text', String.raw`"\"" ${rule}`) : rule
  }

  #string(schema: Schema, place: string): string | undefined {
    const least = count(schema, 'minLength', place) ?? 0
    const most = count(schema, 'maxLength', place) ?? Number.POSITIVE_INFINITY
    if (least > most) return undefined
    const restricted = this.#restrictions(schema, place)
    if (restricted === undefined) return this.#long(least, most)
    const { everything, anyCharacter } = this.#languages
    // What is so long breaks off for other reasons.
    const end = most >= LONG ? Number.POSITIVE_INFINITY : most
    const isAnyLength = least === 0 && end === Number.POSITIVE_INFINITY
    const length = () => (isAnyLength ? everything : this.#languages.repeat(anyCharacter, least, end))
    const attempts = [() => this.#languages.and(restricted, length()), () => restricted]
    for (const [i, attempt] of attempts.entries())
      try {
        const written = this.#written(attempt(), true)
        if (i > 0) this.#isExact = false
        return written
      } catch (error) {
        if (!(error instanceof TooLarge)) throw error
      }
    this.#isExact = false
    return this.#long(least, most)
  }

  #long(least: number, most: number): string {
    if (least === 0 && most === Number.POSITIVE_INFINITY) return 'string'
    try {
      return this.#gbnf.add('text', String.raw`"\"" ${this.#gbnf.repeat('char', least, most)} "\""`)
    } catch (error) {
      if (!(error instanceof GrammarTooLarge)) throw error
      this.#isExact = false
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
    try {
      return languageOfPattern(this.#languages, pattern)
    } catch (error) {
      if (error instanceof SyntaxError)
        throw refusal(place, `has a "pattern" that is no regular expression (${error.message.slice(0, 100)})`)
      if (!(error instanceof Unwritable) && !(error instanceof TooLarge)) throw error
      this.#isExact = false
      return undefined
    }
  }

  #array(schema: Schema, place: string, depth: number): string | undefined {
    const { items, prefixItems, additionalItems } = schema
    const isOlder = Array.isArray(items)
    const first = isOlder ? items : Array.isArray(prefixItems) ? prefixItems : []
    const others = isOlder ? additionalItems : items
    const least = count(schema, 'minItems', place) ?? 0
    const most = count(schema, 'maxItems', place) ?? Number.POSITIVE_INFINITY
    const inPlace = first
      .slice(0, most)
      .map((item, i) => this.value(item, `${place}/prefixItems/${i}`, depth + 1))
    // A tuple that leaves the rest open is meant to be whole.
    const isOpen = first.length === 0 || (others !== undefined && others !== false)
    const more =
      isOpen && most > first.length ? this.value(others ?? true, `${place}/items`, depth + 1) : undefined
    const missing = Math.max(0, least - inPlace.length)
    if (least > most || inPlace.includes(undefined) || (missing > 0 && more === undefined)) return undefined
    const end = ' ws "]"'
    const rest = (from: number, to: number) =>
      more === undefined || to === 0 ? '' : this.#gbnf.repeat(`comma ${more}`, from, to)
    if (inPlace.length > 0)
      return this.#gbnf.add(
        'array',
        `"[" ws ${inPlace.join(' comma ')} ${rest(missing, most - inPlace.length)}${end}`,
      )
    if (more === undefined) return this.#gbnf.add('array', `"[" ws "]"`)
    const some = `${more} ${rest(Math.max(0, missing - 1), most - 1)}`
    return this.#gbnf.add('array', `"[" ws ${missing > 0 ? some : `(${some})?`}${end}`)
  }

  #object(schema: Schema, place: string, depth: number): string | undefined {
    const properties = recordOf(schema.properties)
    if (schema.required !== undefined && !Array.isArray(schema.required))
      throw refusal(place, 'has a "required" that is no list')
    const required = new Set(listOf(schema.required))
    const unnamed = this.#unnamed(schema, place, depth)
    const names = [...new Set([...Object.keys(properties), ...required])]
    const members: { pair: string; isRequired: boolean }[] = []
    for (const name of names) {
      const at = `${place}/${name.slice(0, 60)}`
      const own = Object.hasOwn(properties, name) ? properties[name] : (schema.additionalProperties ?? true)
      const value = this.value(own, at, depth + 1)
      if (value !== undefined)
        members.push({
          pair: `${literal(JSON.stringify(name))} colon ${value}`,
          isRequired: required.has(name),
        })
      else if (required.has(name)) return undefined
    }
    const least = count(schema, 'minProperties', place) ?? 0
    const most = count(schema, 'maxProperties', place) ?? Number.POSITIVE_INFINITY
    if (names.length === 0) return this.#map(unnamed ?? [], least, most)
    if (least > required.size || most < members.length) this.#isExact = false
    return this.#members(members, unnamed ?? [])
  }

  /** Ways to write a property without a name of its own; undefined where the schema does not speak of any. */
  #unnamed(schema: Schema, place: string, depth: number): string[] | undefined {
    const { properties, additionalProperties, patternProperties, propertyNames } = schema
    const patterns = Object.entries(recordOf(patternProperties))
    const isAnything = properties === undefined && patterns.length === 0
    const other = additionalProperties ?? (isAnything && schema.required === undefined ? true : undefined)
    if (patterns.length === 0 && (other === undefined || (other === true && !isAnything))) return undefined
    const { and, none, not, or, everything } = this.#operations
    const names = [...Object.keys(recordOf(properties)), ...listOf(schema.required)]
    const named = or(...names.map((name) => this.#languages.literal(name)))
    const allowed = this.#names(propertyNames, place, depth)
    // One that fits two patterns would have to fit two schemas.
    let taken = named
    const pairs: string[] = []
    const pair = (keys: Language, value: unknown, at: string) => {
      const written = this.value(value, at, depth + 1)
      const key = written === undefined ? undefined : this.#key(and(keys, allowed, not(taken)))
      if (key !== undefined) pairs.push(`${key} colon ${written}`)
    }
    for (const [pattern, value] of patterns) {
      const keys = this.#pattern(pattern, place) ?? none
      pair(keys, value, `${place}/patternProperties`)
      taken = or(taken, keys)
    }
    if (other !== undefined && other !== false) pair(everything, other, `${place}/additionalProperties`)
    return pairs
  }

  #names(propertyNames: unknown, place: string, depth: number): Language {
    if (propertyNames === undefined || propertyNames === true) return this.#languages.everything
    const ways = this.#schemas.ways(propertyNames, `${place}/propertyNames`, depth)
    return this.#languages.or(
      ...ways.map((way) => {
        if ('const' in way || way.enum !== undefined) {
          const fixed = 'const' in way ? [way.const] : (way.enum as unknown[])
          const texts = fixed.filter((value) => typeof value === 'string')
          return this.#languages.or(...texts.map((text) => this.#languages.literal(text)))
        }
        const least = count(way, 'minLength', place) ?? 0
        const most = count(way, 'maxLength', place) ?? Number.POSITIVE_INFINITY
        const end = most >= LONG ? Number.POSITIVE_INFINITY : most
        if (end !== most || least >= LONG) this.#isExact = false
        const length = this.#languages.repeat(this.#languages.anyCharacter, Math.min(least, LONG), end)
        return this.#languages.and(this.#restrictions(way, place) ?? this.#languages.everything, length)
      }),
    )
  }

  #key(keys: Language): string | undefined {
    if (keys === this.#languages.everything) return 'string'
    try {
      return this.#written(keys, true)
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error
      this.#isExact = false
      return 'string'
    }
  }

  /** Two with the same name are one, so that their number is checked. */
  #map(pairs: readonly string[], least: number, most: number): string | undefined {
    if (least > 1) this.#isExact = false
    const pair = this.#alternatives(pairs)
    if (pair === undefined || most === 0)
      return least > 0 ? undefined : this.#gbnf.add('object', '"{" ws "}"')
    const some = `${pair} ${most === 1 ? '' : this.#gbnf.repeat(`comma ${pair}`, Math.max(0, least - 1), most - 1)}`
    return this.#gbnf.add('object', `"{" ws ${least > 0 ? some : `(${some})?`} ws "}"`)
  }

  /** In their order; those that need not be may be left out. A rule for each place, before which something stands or not. */
  #members(members: readonly { pair: string; isRequired: boolean }[], pairs: readonly string[]): string {
    const end = ' ws "}"'
    const unnamed = this.#alternatives(pairs)
    let after = this.#gbnf.add('object', unnamed === undefined ? end : `(comma ${unnamed})*${end}`)
    let before =
      unnamed === undefined ? after : this.#gbnf.add('object', `(${unnamed} (comma ${unnamed})*)?${end}`)
    for (const { pair, isRequired } of members.toReversed()) {
      const [then, skipped, none] = [after, isRequired ? '' : ` | ${after}`, isRequired ? '' : ` | ${before}`]
      before = this.#gbnf.add('object', `${pair} ${then}${none}`)
      after = this.#gbnf.add('object', `comma ${pair} ${then}${skipped}`)
    }
    return this.#gbnf.add('object', `"{" ws ${before}`)
  }

  get #operations() {
    const { everything, none } = this.#languages
    return {
      ...{ everything, none },
      and: (...of: Language[]) => this.#languages.and(...of),
      or: (...of: Language[]) => this.#languages.or(...of),
      not: (of: Language) => this.#languages.not(of),
    }
  }
}

/** The types of a schema, as it says or as its keywords imply; undefined for any. */
function typesOf(schema: Schema, place: string): Type[] | undefined {
  const { type } = schema
  if (type === undefined) {
    const implied = new Set(
      Object.keys(schema).flatMap((key) => (Object.hasOwn(IMPLIED, key) ? (IMPLIED[key] as Type) : [])),
    )
    return implied.size === 0 ? undefined : [...implied]
  }
  const types = [...new Set([type].flat())].map((one): Type => {
    const known = TYPES.find((name) => name === one)
    if (known === undefined) throw refusal(place, `has the unknown type ${JSON.stringify(one)?.slice(0, 60)}`)
    return known
  })
  if (types.length === 0) throw refusal(place, 'has no type at all')
  // A whole number is a number.
  return types.includes('number') ? types.filter((one) => one !== 'integer') : types
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

function isOfType(value: unknown, type: unknown): boolean {
  if (type === undefined) return true
  const own = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  const types: unknown[] = [type].flat()
  return types.includes(own) || (types.includes('integer') && Number.isInteger(value))
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
    if (error instanceof TooLarge) return false
    throw error
  }
}

function count(schema: Schema, key: string, place: string): number | undefined {
  const value = schema[key]
  if (value === undefined) return undefined
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw refusal(place, `has a "${key}" that is no whole number from 0`)
  return value as number
}

function finite(value: unknown, key: string, place: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw refusal(place, `has a "${key}" that is no number`)
}
