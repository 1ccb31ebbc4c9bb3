/** JSON Schemas as they come → ones that say on their own what a value must be: references followed, parts put together. */
import { EngineError } from '../../../../models/engine.ts'
import { isRecord, isWhole, put } from '../../../../protocol/values.ts'

export type Schema = Record<string, unknown>

/** What is said about a schema, and restricts nothing. */
const REMARKS: ReadonlySet<string> = new Set([
  ...['title', 'description', 'default', 'examples', 'example', 'deprecated', 'readOnly', 'writeOnly'],
  ...['$comment', '$schema', '$id', '$anchor', '$defs', 'definitions', 'discriminator', 'strict'],
])
/** Ways to keep to a schema that are looked at; more would be a grammar that nothing can hold. */
const MOST_WAYS = 256
/** How often two schemas are put together for one that is asked for. */
const MOST_MERGED = 20_000
const MOST_DEPTH = 100

export const refusal = (place: string, why: string): EngineError =>
  new EngineError('invalid_request', `The JSON schema can't be used: ${place} ${why}.`)

/** What restricts a value. */
export const withoutRemarks = (schema: Schema): Schema =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => !REMARKS.has(key)))

export class Schemas {
  readonly #root: unknown
  #merges = 0
  /** Whether something was left out that a value must be checked for. */
  isExact = true

  constructor(root: unknown) {
    this.#root = root
  }

  /** Where a reference leads. Throws an EngineError where that is nowhere. */
  target(ref: unknown, place: string): unknown {
    if (typeof ref !== 'string' || !/^#(\/|$)/.test(ref))
      throw refusal(place, 'has a "$ref" that does not begin with "#"')
    let found: unknown = this.#root
    for (const part of ref.slice(1).split('/').slice(1)) {
      const key = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~')
      found =
        (isRecord(found) || Array.isArray(found)) && Object.hasOwn(found, key)
          ? (found as Schema)[key]
          : undefined
    }
    if (found === undefined)
      throw refusal(place, `has the "$ref" ${JSON.stringify(ref).slice(0, 80)}, and nothing is there`)
    return found
  }

  /**
   * The ways to keep to a schema, each without references, `allOf`, `anyOf` and `oneOf` of its own. A value keeps to the
   * schema if it keeps to one of them, and none fits if there are none.
   */
  ways(schema: unknown, place: string, depth = 0): Schema[] {
    if (depth > MOST_DEPTH) throw refusal(place, 'refers to itself without an end')
    if (schema === true) return [{}]
    if (schema === false) return []
    if (!isRecord(schema)) throw refusal(place, 'is no schema')
    const { $ref, allOf, anyOf, oneOf, not, nullable, ...own } = withoutRemarks(schema)
    let ways: Schema[] = [own]
    const restrict = (others: readonly Schema[]) => {
      const both = ways.flatMap((way) => others.map((other) => this.#both(way, other, place)))
      ways = both.filter((way) => way !== undefined)
      if (ways.length > MOST_WAYS) throw refusal(place, `can be kept to in more than ${MOST_WAYS} ways`)
    }
    const all = [...($ref === undefined ? [] : [this.target($ref, place)]), ...listOf(allOf, 'allOf', place)]
    for (const one of all) restrict(this.ways(one, place, depth + 1))
    for (const [key, alternatives] of Object.entries({ anyOf, oneOf })) {
      if (alternatives === undefined) continue
      restrict(listOf(alternatives, key, place).flatMap((one) => this.ways(one, place, depth + 1)))
    }
    if (oneOf !== undefined && !this.#areApart(oneOf as unknown[], place)) this.isExact = false
    if (not !== undefined) {
      if (isRecord(not) && Object.keys(withoutRemarks(not)).length === 0) return []
      this.isExact = false
    }
    return nullable === true ? [...ways, { type: 'null' }] : ways
  }

  /** Whether no value can keep to two of these. */
  #areApart(alternatives: readonly unknown[], place: string): boolean {
    const ways = alternatives.map((one) => this.ways(one, place, 1))
    return ways.every((some, i) =>
      ways.slice(i + 1).every((others) => some.every((a) => others.every((b) => areApart(a, b)))),
    )
  }

  /** What keeps to both; undefined where nothing can. */
  #both(a: Schema, b: Schema, place: string): Schema | undefined {
    if (++this.#merges > MOST_MERGED) throw refusal(place, 'has too many parts that hold together')
    const both: Schema = { ...a }
    for (const [key, value] of Object.entries(b)) {
      const merged = Object.hasOwn(a, key) ? this.#merged(key, a[key], value, place) : value
      if (merged === undefined) return undefined
      put(both, key, merged)
    }
    const extra = (of: Schema, other: Schema) =>
      of.additionalProperties !== undefined &&
      of.additionalProperties !== true &&
      Object.keys(recordOf(other.properties)).some((name) => !Object.hasOwn(recordOf(of.properties), name))
    // One may not say what the other leaves to it.
    if (extra(a, b) || extra(b, a)) this.isExact = false
    return both
  }

  /** Undefined where nothing can keep to both. */
  #merged(key: string, a: unknown, b: unknown, place: string): unknown {
    switch (key) {
      case 'type':
        return typesIn(a, b)
      case 'enum': {
        const left = listOf(a, key, place).filter((value) =>
          listOf(b, key, place).some((one) => isSame(one, value)),
        )
        return left.length === 0 ? undefined : left
      }
      case 'const':
        return isSame(a, b) ? a : undefined
      case 'required':
        return [...new Set([...listOf(a, key, place), ...listOf(b, key, place)])]
      case 'properties':
      case 'patternProperties': {
        const [left, right] = [recordOf(a), recordOf(b)]
        const merged = { ...left, ...right }
        for (const name of Object.keys(left))
          if (Object.hasOwn(right, name)) put(merged, name, { allOf: [left[name], right[name]] })
        return merged
      }
      case 'minimum':
      case 'exclusiveMinimum':
      case 'minLength':
      case 'minItems':
      case 'minProperties':
        return typeof a === 'number' && typeof b === 'number' ? Math.max(a, b) : this.#left(a)
      case 'maximum':
      case 'exclusiveMaximum':
      case 'maxLength':
      case 'maxItems':
      case 'maxProperties':
        return typeof a === 'number' && typeof b === 'number' ? Math.min(a, b) : this.#left(a)
      case 'pattern':
        return [a, b].flat()
      case 'additionalProperties':
      case 'propertyNames':
      case 'items':
        return Array.isArray(a) || Array.isArray(b) ? this.#left(a) : { allOf: [a, b] }
      default:
        return isSame(a, b) ? a : this.#left(a)
    }
  }

  /** What can't be put together is checked afterwards. */
  #left<T>(value: T): T {
    this.isExact = false
    return value
  }
}

export const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const
export type Type = (typeof TYPES)[number]

/** The types that both allow; undefined for none. */
function typesIn(a: unknown, b: unknown): unknown[] | undefined {
  const of = (value: unknown) => new Set(Array.isArray(value) ? value : [value])
  const [left, right] = [of(a), of(b)]
  const both = [...left].filter((type) => right.has(type) || (type === 'integer' && right.has('number')))
  if (left.has('number') && !right.has('number') && right.has('integer')) both.push('integer')
  return both.length === 0 ? undefined : [...new Set(both)]
}

/** Whether no value keeps to both: as far as types, and fixed values, of theirs or of what both must have, say so. */
function areApart(a: Schema, b: Schema): boolean {
  if (a.type !== undefined && b.type !== undefined && typesIn(a.type, b.type) === undefined) return true
  const [left, right] = [fixedIn(a), fixedIn(b)]
  if (left && right && !left.some((value) => right.some((other) => isSame(value, other)))) return true
  const required = (of: Schema) => (Array.isArray(of.required) ? of.required : [])
  return required(a).some((name: string) => {
    if (!required(b).includes(name)) return false
    const [one, other] = [recordOf(a.properties)[name], recordOf(b.properties)[name]]
    return isRecord(one) && isRecord(other) && areApart(one, other)
  })
}

const fixedIn = (schema: Schema): unknown[] | undefined =>
  'const' in schema ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : undefined

export const recordOf = (value: unknown): Schema => (isRecord(value) ? value : {})

/** A list that a schema has, empty where it has none. Throws an EngineError where it is something else. */
export const listIn = (schema: Schema, key: string, place: string): unknown[] =>
  listOf(schema[key], key, place)

/** A number of things that a schema has. Throws an EngineError where it is something else. */
export function countIn(schema: Schema, key: string, place: string): number | undefined {
  const value = schema[key]
  if (value === undefined) return undefined
  if (!isWhole(value, 0)) throw refusal(place, `has a "${key}" that is no whole number from 0`)
  return value
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

function listOf(value: unknown, key: string, place: string): unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw refusal(place, `has a "${key}" that is no list`)
  return value
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
