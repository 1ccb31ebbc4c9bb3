/** A JSON Schema → one that a grammar can be made of. What a grammar can't hold to is refused, never passed over. */

import { EngineError } from '../../../models/engine.ts'
import { isRecord } from '../../../protocol/values.ts'

/** Keywords that restrict values in a way that a grammar can't. */
const REFUSED = new Set([
  ...['pattern', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'uniqueItems'],
  ...['not', 'if', 'then', 'else', 'allOf', 'dependentSchemas', 'dependentRequired', 'patternProperties'],
  ...['propertyNames', 'contains', 'minContains', 'maxContains', 'unevaluatedItems', 'unevaluatedProperties'],
])
const FORMATS = new Set(['date-time', 'time', 'date'])
/** Of strings and arrays; each is written out in the grammar. */
const MAX_LENGTH = 2000
const MAX_DEPTH = 32
/** Characters of what is wrong that are told. */
const MAX_QUOTED = 60
const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const
type Type = (typeof TYPES)[number]
/** One that says nothing allows every value. */
const ANY = { type: ['string', 'number', 'boolean', 'null'] }

type Schema = Record<string, unknown>

/** Throws an EngineError that names the keyword which can't be held to, and where it stands. */
export function grammarSchema(schema: unknown): Schema {
  if (!isRecord(schema)) throw refusal('the schema', 'is no object')
  const { $defs, definitions, ...root } = schema
  const defs = { ...record(definitions), ...record($defs) }
  const converted = convert(root, 'the schema', 0)
  if (Object.keys(defs).length === 0) return converted
  return {
    ...converted,
    $defs: Object.fromEntries(
      Object.entries(defs).map(([name, def]) => [name, convert(def, `$defs/${name}`, 1)]),
    ),
  }
}

function convert(schema: unknown, place: string, depth: number): Schema {
  if (depth > MAX_DEPTH) throw refusal(place, `is nested more than ${MAX_DEPTH} levels deep`)
  if (
    schema === true ||
    (isRecord(schema) && Object.keys(schema).every((key) => !STRUCTURE.has(key) && !REFUSED.has(key)))
  )
    return ANY
  if (!isRecord(schema)) throw refusal(place, 'is no schema')
  for (const key of Object.keys(schema))
    if (REFUSED.has(key) && schema[key] !== false)
      throw refusal(place, `has "${key}", which can't be held to`)
  const at = (name: string, value: unknown) => convert(value, `${place}/${name}`, depth + 1)
  const alternatives = schema.oneOf ?? schema.anyOf
  if (Array.isArray(alternatives)) return { oneOf: alternatives.map((one, i) => at(`anyOf/${i}`, one)) }
  if (schema.$ref !== undefined) return { $ref: reference(schema.$ref, place) }
  if (schema.const !== undefined) return { const: scalar(schema.const, place) }
  if (Array.isArray(schema.enum)) return { enum: schema.enum.map((value) => scalar(value, place)) }
  const [type, ...others] = typesOf(schema, place)
  if (others.length === 0) return ofType(type, schema, place, at)
  const types = [type, ...others]
  if (types.some((one) => one === 'object' || one === 'array' || one === 'string'))
    return { oneOf: types.map((one) => ofType(one, schema, place, at)) }
  return { type: types }
}

/** Keywords of which one at least is in a schema that says anything. */
const STRUCTURE = new Set([
  ...['type', 'properties', 'items', 'prefixItems', 'additionalProperties'],
  ...['enum', 'const', 'oneOf', 'anyOf', '$ref'],
])

/** At least one, and none twice: each is written out, and what it holds with it. */
function typesOf(schema: Schema, place: string): [Type, ...Type[]] {
  const said = schema.type ?? impliedType(schema)
  const [first, ...others] = [...new Set(Array.isArray(said) ? said : [said])].map((type): Type => {
    const known = TYPES.find((one) => one === type)
    if (known === undefined)
      throw refusal(place, `has the unknown type ${JSON.stringify(type).slice(0, MAX_QUOTED)}`)
    return known
  })
  if (first === undefined) throw refusal(place, 'has no type at all')
  return [first, ...others]
}

function impliedType(schema: Schema): Type {
  return schema.items !== undefined || schema.prefixItems !== undefined ? 'array' : 'object'
}

function ofType(
  type: Type,
  schema: Schema,
  place: string,
  at: (name: string, value: unknown) => Schema,
): Schema {
  const length = (key: string) => {
    const value = schema[key]
    if (value === undefined) return {}
    if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > MAX_LENGTH)
      throw refusal(place, `has a "${key}" that is no number up to ${MAX_LENGTH}`)
    return { [key]: value }
  }
  switch (type) {
    case 'object': {
      const { additionalProperties } = schema
      return {
        type,
        properties: Object.fromEntries(
          Object.entries(record(schema.properties)).map(([name, value]) => [name, at(name, value)]),
        ),
        // Without properties of its own, an object of anything is meant.
        ...(additionalProperties === undefined && schema.properties === undefined
          ? { additionalProperties: true }
          : {}),
        ...(isRecord(additionalProperties)
          ? { additionalProperties: at('additionalProperties', additionalProperties) }
          : {}),
        ...(additionalProperties === true && schema.properties === undefined ? { additionalProperties } : {}),
      }
    }
    case 'array':
      return {
        type,
        items: schema.items === undefined ? ANY : at('items', schema.items),
        ...(Array.isArray(schema.prefixItems)
          ? { prefixItems: schema.prefixItems.map((item, i) => at(`prefixItems/${i}`, item)) }
          : {}),
        ...length('minItems'),
        ...length('maxItems'),
      }
    case 'string':
      // Other formats are remarks, as the standard has it.
      if (typeof schema.format === 'string' && FORMATS.has(schema.format))
        return { type, format: schema.format }
      return { type, ...length('minLength'), ...length('maxLength') }
    default:
      return { type }
  }
}

function reference(ref: unknown, place: string): string {
  const [, name] = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(typeof ref === 'string' ? ref : '') ?? []
  if (name === undefined) throw refusal(place, `has a "$ref" that is not to "#/$defs/…"`)
  return `#/$defs/${name}`
}

function scalar(value: unknown, place: string): unknown {
  if (value !== null && typeof value === 'object') throw refusal(place, 'has a fixed value that is no scalar')
  return value
}

const record = (value: unknown): Schema => (isRecord(value) ? value : {})

const refusal = (place: string, why: string): EngineError =>
  new EngineError('invalid_request', `The JSON schema can't be made a grammar: ${place} ${why}.`)
