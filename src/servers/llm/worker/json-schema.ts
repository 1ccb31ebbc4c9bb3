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
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? impliedType(schema)]
  if (types.length > 1 && types.some((type) => type === 'object' || type === 'array' || type === 'string'))
    return { oneOf: types.map((type) => convert({ ...schema, type }, place, depth + 1)) }
  if (types.length > 1) return { type: types }
  return ofType(String(types[0]), schema, place, at)
}

const STRUCTURE = new Set([
  ...[
    'type',
    'properties',
    'items',
    'prefixItems',
    'enum',
    'const',
    'oneOf',
    'anyOf',
    '$ref',
    'additionalProperties',
  ],
])

function impliedType(schema: Schema): string {
  return schema.items !== undefined || schema.prefixItems !== undefined ? 'array' : 'object'
}

function ofType(
  type: string,
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
    case 'number':
    case 'integer':
    case 'boolean':
    case 'null':
      return { type }
    default:
      throw refusal(place, `has the unknown type "${type}"`)
  }
}

function reference(ref: unknown, place: string): string {
  const [, name] = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(String(ref)) ?? []
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
