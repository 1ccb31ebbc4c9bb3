/** Describes arguments without telling their content, for the log. */
import { put } from '../protocol/values.ts'

const MAX_KEYS = 20
const MAX_KEY_LENGTH = 40

/** The kind and size of each property: `{path: 'string(12)', edits: 'array(3)', dryRun: 'boolean'}`. At most 20 of them. */
export function shapeOf(value: unknown): string | Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return kindOf(value)
  const shape: Record<string, string> = {}
  let count = 0
  for (const key of Object.keys(value)) {
    if (count++ === MAX_KEYS) break
    put(shape, key.slice(0, MAX_KEY_LENGTH), kindOf((value as Record<string, unknown>)[key]))
  }
  return shape
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return `string(${value.length})`
  if (Array.isArray(value)) return `array(${value.length})`
  if (typeof value === 'object') return `object(${Object.keys(value).length})`
  return typeof value
}
