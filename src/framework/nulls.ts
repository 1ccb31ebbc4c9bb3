/** Null means absent: many clients write every field that a schema names, and null for those that were not filled in. */
import { asDoubles, isInexact } from '../protocol/exact-json.ts'
import { isRecord } from '../protocol/values.ts'

type Schema = Readonly<Record<string, unknown>>

/**
 * A value without the fields that are null where its schema lets them be absent and knows no null. Some write 0.7 as
 * 0.69999999999999996: where a schema asks for a number that need not be whole, the nearest double is meant. It is not changed.
 */
export const withoutNulls = (value: unknown, schema: unknown): unknown =>
  isAsMeant(value) ? value : stripped(value, schema)

/** Whether nothing in it is null or no double: mostly so, and then there is nothing to copy. */
function isAsMeant(value: unknown): boolean {
  if (typeof value !== 'object') return true
  if (value === null || isInexact(value)) return false
  if (Array.isArray(value)) return value.every(isAsMeant)
  for (const key in value) if (!isAsMeant((value as Record<string, unknown>)[key])) return false
  return true
}

function stripped(value: unknown, schema: unknown): unknown {
  if (!isRecord(schema)) return value
  if (isInexact(value)) return schema.type === 'number' ? asDoubles<unknown>(value) : value
  if (Array.isArray(value)) {
    const { items } = one(schema, value)
    return items === undefined ? value : value.map((item) => stripped(item, items))
  }
  if (!isRecord(value)) return value
  const { properties, required } = one(schema, value)
  if (!isRecord(properties)) return value
  const needed = Array.isArray(required) ? required : []
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => {
      const inner = Object.hasOwn(properties, key) ? properties[key] : undefined
      const isAbsent = field === null && inner !== undefined && !needed.includes(key) && !takesNull(inner)
      return isAbsent ? [] : [[key, stripped(field, inner)]]
    }),
  )
}

/** Of several schemas the one that the value is meant for; none where that is unclear. */
function one(schema: Schema, value: unknown): Schema {
  const choices = schema.anyOf ?? schema.oneOf
  if (!Array.isArray(choices)) return schema
  const meant = choices.filter(isRecord).filter((choice) => isMeant(choice, value))
  return meant.length === 1 ? (meant[0] as Schema) : {}
}

/** By its kind, and by the fields that are fixed, such as a type. */
function isMeant({ type, properties }: Schema, value: unknown): boolean {
  if (type !== (Array.isArray(value) ? 'array' : 'object')) return false
  if (!isRecord(value) || !isRecord(properties)) return true
  return Object.entries(properties).every(
    ([key, field]) => !isRecord(field) || !('const' in field) || field.const === value[key],
  )
}

function takesNull(schema: unknown): boolean {
  if (!isRecord(schema)) return true
  const { type, enum: words, anyOf, oneOf } = schema
  const choices = anyOf ?? oneOf
  if (Array.isArray(choices)) return choices.some(takesNull)
  if (Array.isArray(words)) return words.includes(null)
  if ('const' in schema) return schema.const === null
  if (Array.isArray(type)) return type.includes('null')
  return type === undefined || type === 'null'
}
