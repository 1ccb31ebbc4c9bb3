/**
 * A JSON Schema → a grammar that only writes what keeps to it. What a grammar can't hold, or only one of a size that nothing
 * bears, is left out, and then `isExact` is false: a value must be checked. Never written is what the schema forbids as
 * far as the grammar knows, and not all is written that it allows: of an object only the properties that it names.
 */
import { asDoubles } from '../../../../protocol/exact-json.ts'
import { isRecord } from '../../../../protocol/values.ts'
import { checkOf } from './check.ts'
import { type Gbnf, GrammarTooLarge, literal } from './gbnf.ts'
import { isTooLarge } from './languages.ts'
import { Objects } from './objects.ts'
import { Scalars } from './scalars.ts'
import { countIn, refusal, type Schema, Schemas, TYPES, type Type, withoutRemarks } from './schemas.ts'

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
/** What is soon said of a value that is known. */
const BOUNDS = [
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'],
] as const
const MOST_DEPTH = 100
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
export function structureOf(given: unknown, gbnf: Gbnf, name = 'the schema'): Structure {
  const schema = asDoubles(given)
  const compiler = new Compiler(schema, gbnf)
  try {
    const expression = compiler.value(schema, name, 0)
    if (expression === undefined) throw refusal(name, 'allows no value at all')
    return { expression, isExact: compiler.isExact }
  } catch (cause) {
    if (cause instanceof GrammarTooLarge || isTooLarge(cause))
      throw refusal(name, 'is too large for a grammar')
    throw cause
  }
}

class Compiler {
  readonly #gbnf: Gbnf
  readonly #schemas: Schemas
  readonly #scalars: Scalars
  readonly #objects: Objects
  /** Rules of what references lead to; undefined where nothing can be written. */
  readonly #rules = new Map<unknown, string | undefined>()
  #isExact = true

  constructor(root: unknown, gbnf: Gbnf) {
    this.#gbnf = gbnf
    this.#schemas = new Schemas(root)
    this.#scalars = new Scalars(gbnf, this.#schemas)
    this.#objects = new Objects(gbnf, this.#scalars)
  }

  get isExact(): boolean {
    return [this.#schemas, this.#scalars, this.#objects].every(({ isExact }) => isExact) && this.#isExact
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
        return this.#gbnf.either(
          said[key].map((one, i) => this.value(one, `${place}/${key}/${i}`, depth + 1)),
        )
      }
    }
    const ways = this.#schemas.ways(schema, place)
    return this.#gbnf.either(ways.map((way) => this.#way(way, place, depth)))
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
    return this.#gbnf.either(types.map((type) => this.#ofType(type, schema, place, depth)))
  }

  #fixed(schema: Schema, place: string): string | undefined {
    const { const: one, enum: several, type, ...others } = schema
    if (several !== undefined && !Array.isArray(several))
      throw refusal(place, 'has an "enum" that is no list')
    const values = 'const' in schema ? [one] : (several as unknown[])
    const bounds = Object.fromEntries(BOUNDS.filter((key) => key in others).map((key) => [key, others[key]]))
    const problemIn = Object.keys(bounds).length > 0 ? checkOf(bounds) : () => undefined
    // Two that are the same in JSON are one.
    const texts = new Set(
      values
        .filter((value) => isOfType(value, type) && problemIn(value) === undefined)
        .map((value) => JSON.stringify(value)),
    )
    const isLeft = (key: string) => key in IMPLIED && !(key in bounds)
    if (Object.keys(others).some(isLeft) || ('const' in schema && several !== undefined))
      this.#isExact = false
    if (texts.size === 1) return literal([...texts].join(''))
    return this.#scalars.fixed(texts)
  }

  #ofType(type: Type, schema: Schema, place: string, depth: number): string | undefined {
    switch (type) {
      case 'object':
        return this.#objects.object(schema, place, (of, at) => this.value(of, at, depth + 1))
      case 'array':
        return this.#array(schema, place, depth)
      case 'string':
        return this.#scalars.text(schema, place)
      case 'integer':
      case 'number':
        return this.#scalars.number(type, schema, place)
      default:
        return type === 'null' ? literal('null') : type
    }
  }

  #array(schema: Schema, place: string, depth: number): string | undefined {
    const { items, prefixItems, additionalItems } = schema
    const isOlder = Array.isArray(items)
    const first = isOlder ? items : Array.isArray(prefixItems) ? prefixItems : []
    const others = isOlder ? additionalItems : items
    const least = countIn(schema, 'minItems', place) ?? 0
    const most = countIn(schema, 'maxItems', place) ?? Number.POSITIVE_INFINITY
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

function isOfType(value: unknown, type: unknown): boolean {
  if (type === undefined) return true
  const own = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  const types: unknown[] = [type].flat()
  return types.includes(own) || (types.includes('integer') && Number.isInteger(value))
}
